import { expect, test } from 'vitest';
import { ExpiringMap } from '../../lib/memory/expiring-map.ts';
import { ManualClock } from '../../lib/testing/manual-clock.ts';

function aMap() {
  const clock = new ManualClock(1_000_000);
  return { clock, map: new ExpiringMap<string>(clock) };
}

test('a record is there until its time is over, that second included', async () => {
  const { clock, map } = aMap();
  map.set('a', 'kept', 1060);

  await clock.advanceTo(1_060_000);
  const atItsEnd = map.get('a');
  await clock.advanceTo(1_060_001);

  expect([atItsEnd, map.get('a')]).toEqual(['kept', undefined]);
});

test('a record that is set again has its new time alone', async () => {
  const { clock, map } = aMap();
  map.set('a', 'first', 2000);
  map.set('a', 'second', 1010);

  expect(map.get('a')).toBe('second');
  await clock.advanceTo(1_011_000);
  expect(map.get('a')).toBeUndefined();
});

test('a record without an end stays', async () => {
  const { clock, map } = aMap();
  map.set('a', 'kept', Infinity);

  await clock.advanceTo(Number.MAX_SAFE_INTEGER);

  expect(map.get('a')).toBe('kept');
});
