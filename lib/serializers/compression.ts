import { DecodeError, EncodeError } from '../errors.ts';
import { loadZlib } from './zlib.ts';

/** Names of Node's functions of one format; where this Node has none, so be it. */
interface Format {
  readonly contentType: string;
  readonly pack: 'deflateSync' | 'brotliCompressSync' | 'zstdCompressSync';
  readonly unpack: 'inflateSync' | 'brotliDecompressSync' | 'zstdDecompressSync';
}

/** What kombu calls gzip is zlib's format, RFC 1950. @see kombu.compression */
const zlib: Format = {
  contentType: 'application/x-gzip',
  pack: 'deflateSync',
  unpack: 'inflateSync',
};
const brotli: Format = {
  contentType: 'application/x-brotli',
  pack: 'brotliCompressSync',
  unpack: 'brotliDecompressSync',
};
const zstd: Format = {
  contentType: 'application/zstd',
  pack: 'zstdCompressSync',
  unpack: 'zstdDecompressSync',
};

/** By kombu's names, which it reads as well as the content type. */
const byName: readonly (readonly [string, Format])[] = [
  ['gzip', zlib],
  ['zlib', zlib],
  ['brotli', brotli],
  ['zstd', zstd],
];
const formats: ReadonlyMap<string, Format> = new Map([
  ...byName,
  ...byName.map(([, format]) => [format.contentType, format] as const),
]);

/** Names that a setting or an option may have. */
export const compressionNames: readonly string[] = byName.map(([name]) => name);

/** Bytes that a compressed body or document may unpack to, unless the caller says otherwise: 64 MiB. */
export const defaultMaxBytes: number = 64 * 1024 * 1024;

/**
 * Packs bytes as kombu would.
 *
 * @param name kombu's: `gzip`, `zlib`, `brotli`, `zstd`; or its content type.
 * @returns The bytes, and the content type that a reader needs to unpack them.
 * @throws EncodeError for a format that this Node cannot write.
 */
export function compress(
  bytes: Uint8Array,
  name: string,
): { bytes: Uint8Array; contentType: string } {
  const format = formats.get(name);
  const packed = format && loadZlib()[format.pack]?.(bytes);
  if (packed) return { bytes: packed, contentType: format.contentType };
  throw new EncodeError(
    `This Node cannot compress as '${name}': use one of gzip, brotli, zstd (Node 22.15 or later)`,
  );
}

/**
 * Unpacks what kombu packed.
 *
 * @param contentType As a message's header `compression` has it: `application/x-gzip`.
 * @param maxBytes The most it may unpack to, against small texts that fill the memory.
 * @throws DecodeError for a format that this Node cannot read, broken bytes, and too many of them.
 */
export function decompress(
  bytes: Uint8Array,
  contentType: string,
  maxBytes: number = defaultMaxBytes,
): Uint8Array {
  const unpacked = attempt(bytes, contentType, maxBytes);
  if (unpacked) return unpacked;
  throw new DecodeError(
    `This Node cannot decompress ${contentType}: have the sender use one of gzip (which is zlib's format), brotli, zstd (Node 22.15 or later)`,
  );
}

function attempt(
  bytes: Uint8Array,
  contentType: string,
  maxOutputLength: number,
): Uint8Array | undefined {
  const format = formats.get(contentType);
  try {
    return format && loadZlib()[format.unpack]?.(bytes, { maxOutputLength });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason =
      code === 'ERR_BUFFER_TOO_LARGE' ? `it gives more than ${maxOutputLength} bytes` : message;
    const hint = format === zlib ? " (expected zlib's format, RFC 1950)" : '';
    throw new DecodeError(`Cannot decompress ${contentType}${hint}: ${reason}`, { cause });
  }
}
