import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { OperationalError } from '../errors.ts';
import type { BlobStore } from '../ports/index.ts';
import { request } from './operational-error.ts';
import type { LazyS3 } from './s3-client.ts';

/** What `S3BlobStore` works with. */
export interface S3BlobStoreOptions {
  readonly s3: LazyS3;
  readonly bucket: string;
}

/** Blobs as objects of one bucket, whose lifecycle rules expire them by the prefix of their key. */
export class S3BlobStore implements BlobStore {
  readonly location: string;
  readonly #s3: LazyS3;
  readonly #bucket: string;

  constructor({ s3, bucket }: S3BlobStoreOptions) {
    this.location = `s3://${bucket}/`;
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const { client, sdk } = await this.#s3.load();
    const object = { Bucket: this.#bucket, Key: key, Body: bytes };
    await request(
      () => `Putting ${bytes.byteLength} bytes at ${this.location}${key}`,
      client.send(new sdk.PutObjectCommand(object)),
    );
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const { client, sdk } = await this.#s3.load();
    const get = async (): Promise<Uint8Array> => {
      const command = new sdk.GetObjectCommand({ Bucket: this.#bucket, Key: key });
      const { Body } = (await client.send(command)) as GetObjectCommandOutput;
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    };
    try {
      return await request(() => `Getting ${this.location}${key}`, get());
    } catch (error) {
      if (error instanceof OperationalError && isNoSuchKey(error.cause)) return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const { client, sdk } = await this.#s3.load();
    const command = new sdk.DeleteObjectCommand({ Bucket: this.#bucket, Key: key });
    await request(() => `Deleting ${this.location}${key}`, client.send(command));
  }
}

/** The client is loaded at run time, so its error classes are not at hand for `instanceof`. */
function isNoSuchKey(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchKey';
}
