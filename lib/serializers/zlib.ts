/** Not in the type declarations of Node 20, and only there from Node 22.15 on. */
interface MaybeZstd {
  zstdCompressSync?: (bytes: Uint8Array) => Uint8Array;
  zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
}

/** node:zlib as this Node has it. */
export type Zlib = typeof import('node:zlib') & MaybeZstd;

/** Loaded when first needed: most workers never meet a compressed message, and need not wait for it at a cold start. */
export function loadZlib(): Zlib {
  return process.getBuiltinModule('node:zlib');
}
