import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError, EncodeError } from '../../lib/errors.ts';
import { compress, decompress } from '../../lib/serializers/index.ts';

const hello = new TextEncoder().encode('hello '.repeat(100));
const hasZstd = 'zstdCompressSync' in process.getBuiltinModule('node:zlib');
const names = ['gzip', 'zlib', 'brotli', ...(hasZstd ? ['zstd'] : [])];

describe('compress and decompress', () => {
  test.for(names)('%s gives the bytes back', (name) => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const packed = compress(bytes, name);

        expect(new Uint8Array(decompress(packed.bytes, packed.contentType))).toEqual(bytes);
        expect(new Uint8Array(decompress(packed.bytes, name))).toEqual(bytes);
      }),
    );
  });

  test("gzip is zlib's format, as kombu has it", () => {
    expect(compress(hello, 'gzip').contentType).toBe('application/x-gzip');
    expect(new Uint8Array(decompress(deflateSync(hello), 'application/x-gzip'))).toEqual(hello);
    expect(() => decompress(gzipSync(hello), 'application/x-gzip')).toThrow(/RFC 1950/);
  });
});

describe('decompress refuses', () => {
  test.for(['application/x-bz2', 'application/x-lzma', 'lzma', 'constructor', ''])(
    'the format %j, and tells the way out',
    (contentType) => {
      expect(() => decompress(hello, contentType)).toThrow(DecodeError);
      expect(() => decompress(hello, contentType)).toThrow(
        `This Node cannot decompress ${contentType}: have the sender use one of gzip`,
      );
    },
  );

  test.skipIf(hasZstd)('zstd where Node has none', () => {
    expect(() => decompress(hello, 'application/zstd')).toThrow(/This Node cannot decompress/);
    expect(() => compress(hello, 'zstd')).toThrow(EncodeError);
  });

  test.for(['gzip', 'brotli'])('bytes that are no %s', (name) => {
    expect(() => decompress(hello, name)).toThrow(DecodeError);
    expect(() => decompress(new Uint8Array(), name)).toThrow(DecodeError);
  });

  test('half of what was packed', () => {
    expect(() => decompress(deflateSync(hello).subarray(0, 10), 'gzip')).toThrow(DecodeError);
  });

  test.for([
    ['gzip', deflateSync(Buffer.alloc(1_000_001))],
    ['brotli', brotliCompressSync(Buffer.alloc(1_000_001))],
  ] as const)('a bomb of %s', ([name, bomb]) => {
    expect(() => decompress(bomb, name, 1_000_000)).toThrow(/more than 1000000 bytes/);
    expect(decompress(bomb, name, 1_000_001)).toHaveLength(1_000_001);
  });
});

test('compress refuses what Node cannot write', () => {
  expect(() => compress(hello, 'bzip2')).toThrow(EncodeError);
  expect(() => compress(hello, 'bzip2')).toThrow(/use one of gzip, brotli/);
});
