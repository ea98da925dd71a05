import { describe, expect, test } from 'vitest';
import { DecodeError, EncodeError } from '../../lib/errors.ts';
import { formatIsoDate, parseIsoDate } from '../../lib/protocol/index.ts';

describe('parseIsoDate', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['2024-02-03T04:05:06.789000+00:00', '2024-02-03T04:05:06.789Z'],
    ['2024-02-03T04:05:06', '2024-02-03T04:05:06.000Z'],
    ['2024-02-03 04:05:06Z', '2024-02-03T04:05:06.000Z'],
    ['2024-02-03T04:05:06.7z', '2024-02-03T04:05:06.700Z'],
    ['2024-02-03T04:05:06,999999-03:30', '2024-02-03T07:35:06.999Z'],
    ['2024-02-03T04:05+05', '2024-02-02T23:05:00.000Z'],
    ['20240203T040506+0530', '2024-02-02T22:35:06.000Z'],
    ['2024-02-03', '2024-02-03T00:00:00.000Z'],
    ['2024-02-29T23:59:59+00:00:30', '2024-02-29T23:59:29.000Z'],
    ['0001-01-01T00:00:00', '0001-01-01T00:00:00.000Z'],
    ['0099-12-31T00:00:00', '0099-12-31T00:00:00.000Z'],
  ];

  test.for(forms)('%s is %s', ([text, expected]) => {
    expect(parseIsoDate(text).toISOString()).toBe(expected);
  });

  test.for([
    '',
    'tomorrow',
    '2024',
    '2024-13-01',
    '2023-02-29',
    '2024-02-03T24:00:00',
    '2024-02-03T04:60',
    '2024-02-03T04:05:06+24:00',
    '2024-02-03T04:05:06+05:60',
    '0000-01-01',
    '2024-02-03T04:05:06 UTC',
    '1706933106',
  ])('%j is refused', (text) => {
    expect(() => parseIsoDate(text)).toThrow(DecodeError);
    expect(() => parseIsoDate(text)).toThrow(`got '${text}'`);
  });
});

describe('formatIsoDate', () => {
  test('writes microseconds and an offset that Python 3.10 reads', () => {
    expect(formatIsoDate(new Date('2024-02-03T04:05:06.7Z'))).toBe(
      '2024-02-03T04:05:06.700000+00:00',
    );
  });

  test.for([Number.NaN, 8.64e15, Date.UTC(-1, 0)])(
    'refuses %d, which Python cannot hold',
    (time) => {
      expect(() => formatIsoDate(new Date(time))).toThrow(EncodeError);
    },
  );
});
