/**
 * Keeps bytes that are too large for a message or an item. Keys are new and random for every blob, so that nothing is
 * ever overwritten; how long a blob is kept is told by its key's prefix.
 */
export interface BlobStore {
  /** What the URI of every blob in this store begins with: `s3://bucket/`. Its key follows. */
  readonly location: string;
  /** Resolved means: whoever asks from now on gets the bytes. @throws OperationalError */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** undefined: there is no such blob, or not any more. @throws OperationalError */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Whoever asks from now on gets none; there may have been none. @throws OperationalError */
  delete(key: string): Promise<void>;
}
