import { randomBytes, randomUUID } from 'node:crypto';
import type { BlobStore } from '../../ports/index.ts';
import { type Fixture, withFixture } from './with-fixture.ts';

/** A blob store for one test, or shared by tests that use keys of their own. */
export interface BlobStoreFixture extends Fixture {
  readonly blobs: BlobStore;
}

/**
 * The contract of `BlobStore` as a suite of vitest. An adapter is finished when it is green.
 *
 * @example await describeBlobStore('my store', async () => ({ blobs, close }));
 */
export async function describeBlobStore(
  name: string,
  create: () => Promise<BlobStoreFixture>,
): Promise<void> {
  const { describe, expect, test } = await import('vitest');
  const on = withFixture(create);
  const aKey = () => `arguments/35d/${randomUUID()}`;

  describe(`${name}: blobs`, () => {
    test(
      'are given back byte for byte, as soon as they are put',
      on(async ({ blobs }) => {
        const [small, none, large] = [aKey(), aKey(), aKey()];
        const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
        const megabytes = randomBytes(5 * 1024 * 1024);
        await blobs.put(small, bytes);
        await blobs.put(none, new Uint8Array());
        await blobs.put(large, megabytes);

        expect(plain(await blobs.get(small))).toEqual(bytes);
        expect(plain(await blobs.get(none))).toEqual(new Uint8Array());
        expect(megabytes.equals((await blobs.get(large)) ?? new Uint8Array())).toBe(true);
      }),
    );

    test(
      'that were never put are not there',
      on(async ({ blobs }) => {
        const key = aKey();
        await blobs.put(key, new Uint8Array([1]));

        expect(await blobs.get(aKey())).toBeUndefined();
        expect(await blobs.get(key.slice(0, -1))).toBeUndefined();
        expect(await blobs.get(`${key}/more`)).toBeUndefined();
      }),
    );

    test(
      'may be put twice, as a repeated request does',
      on(async ({ blobs }) => {
        const key = aKey();
        await blobs.put(key, new Uint8Array([1]));
        await blobs.put(key, new Uint8Array([1]));

        expect(plain(await blobs.get(key))).toEqual(new Uint8Array([1]));
      }),
    );

    test(
      'that were deleted are not there, and deleting again says nothing',
      on(async ({ blobs }) => {
        const [gone, kept] = [aKey(), aKey()];
        await blobs.put(gone, new Uint8Array([1]));
        await blobs.put(kept, new Uint8Array([2]));

        await blobs.delete(gone);
        await blobs.delete(gone);

        expect(await blobs.get(gone)).toBeUndefined();
        expect(plain(await blobs.get(kept))).toEqual(new Uint8Array([2]));
      }),
    );

    test(
      'are their own, whatever becomes of the bytes they were made from',
      on(async ({ blobs }) => {
        const key = aKey();
        const bytes = new Uint8Array([1, 2]);
        await blobs.put(key, bytes);

        bytes.fill(9);

        expect(plain(await blobs.get(key))).toEqual(new Uint8Array([1, 2]));
      }),
    );

    test(
      'have a place that begins with a scheme and ends with a slash',
      on(async ({ blobs }) => {
        expect(blobs.location).toMatch(/^[a-z0-9]+:\/\/.+\/$/);
      }),
    );
  });
}

/** Not a Buffer. */
function plain(bytes: Uint8Array | undefined): Uint8Array | undefined {
  return bytes && new Uint8Array(bytes);
}
