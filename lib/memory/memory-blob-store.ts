import type { BlobStore } from '../ports/index.ts';

/** Blobs of the in-process engine. */
export class MemoryBlobStore implements BlobStore {
  readonly location: string = 'memory://payloads/';
  readonly #blobs: Map<string, Uint8Array>;

  /** Several may share `blobs`, as several processes share a bucket. */
  constructor(blobs: Map<string, Uint8Array>) {
    this.#blobs = blobs;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#blobs.set(key, bytes.slice());
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#blobs.get(key)?.slice();
  }

  async delete(key: string): Promise<void> {
    this.#blobs.delete(key);
  }
}
