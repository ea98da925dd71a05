import { expect, test } from 'vitest';
import {
  encodeGroupDocument,
  groupResultTuple,
  taskResultTuple,
} from '../../lib/protocol/index.ts';
import { groupCodec } from '../../lib/results/index.ts';
import { decodeStoredGroup } from '../../lib/serializers/index.ts';

const group = groupResultTuple('g', [taskResultTuple('a', taskResultTuple('before'))]);

test.for([
  ['json', null],
  ['json', 'gzip'],
  ['yaml', null],
  ['msgpack', 'zlib'],
] as const)(
  'a saved group is written as %s with compression %s, and read again',
  async ([resultSerializer, resultCompression]) => {
    const codec = groupCodec({ resultSerializer, resultCompression });

    const document = await codec.encode(group);

    expect(await codec.decode(document)).toEqual(group);
    expect(decodeStoredGroup(document, { resultSerializer })).toEqual(group);
  },
);

test('a saved group in plain JSON is as Celery writes it, and a compressed one is read by whoever writes plainly', async () => {
  const plain = groupCodec({ resultSerializer: 'json', resultCompression: null });
  const compressed = groupCodec({ resultSerializer: 'json', resultCompression: 'gzip' });

  expect(await plain.encode(group)).toEqual(encodeGroupDocument(group));
  expect(await plain.decode(await compressed.encode(group))).toEqual(group);
});
