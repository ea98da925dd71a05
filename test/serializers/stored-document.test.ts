import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../lib/errors.ts';
import {
  encodeGroupDocument,
  encodeResultDocument,
  groupResultTuple,
  type ResultDocument,
} from '../../lib/protocol/index.ts';
import { compress, decodeStoredDocument, decodeStoredGroup } from '../../lib/serializers/index.ts';

const document: ResultDocument = {
  taskId: 'id-1',
  status: 'SUCCESS',
  result: 'x'.repeat(300),
  traceback: null,
  children: [],
  dateDone: null,
};

function stored(bytes: Uint8Array, contentType: string): Uint8Array {
  return Buffer.concat([Buffer.from(`\0celery-compressed\0${contentType}\0`), bytes]);
}

describe('a stored document', () => {
  test('is read plain and compressed', () => {
    const plain = encodeResultDocument(document);
    const { bytes, contentType } = compress(plain, 'gzip');

    expect(decodeStoredDocument(plain)).toEqual(document);
    expect(decodeStoredDocument(stored(bytes, contentType))).toEqual(document);
  });

  test('of a group likewise', () => {
    const group = groupResultTuple('g', []);
    const { bytes, contentType } = compress(encodeGroupDocument(group), 'brotli');

    expect(decodeStoredGroup(stored(bytes, contentType))).toEqual(group);
  });

  test.for([
    ['a format Node cannot read', stored(new Uint8Array([1]), 'application/x-bz2'), /x-bz2/],
    [
      'an end before its content type',
      Buffer.from('\0celery-compressed\0appl'),
      /ends before its content type/,
    ],
    ['another marker', Buffer.from('\0celery-packed\0x\0'), /^Not JSON/],
    ['nothing', new Uint8Array(), /^Not JSON/],
  ] as const)('with %s is refused', ([, bytes, says]) => {
    expect(() => decodeStoredDocument(bytes)).toThrow(DecodeError);
    expect(() => decodeStoredDocument(bytes)).toThrow(says);
  });
});
