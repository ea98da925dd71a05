import { ImproperlyConfigured } from '../errors.ts';
import { limits } from './clients.ts';
import type { OptionalClass, OptionalClient } from './optional-sdk.ts';

type S3Command = 'PutObjectCommand' | 'GetObjectCommand' | 'DeleteObjectCommand';

/** S3's client, and the classes of its package that are used here. */
export interface LoadedS3 {
  readonly client: OptionalClient;
  readonly sdk: Readonly<Record<S3Command, OptionalClass>>;
}

/** A large payload takes longer than other answers, in milliseconds. */
const requestTimeout = 60_000;

/**
 * Loads the client at first use: small payloads never need it. A worker's bundle has it if its application was given a
 * bucket (cdk: `workerBundling`).
 */
export class LazyS3 {
  readonly #region: string;
  #loaded: Promise<LoadedS3> | undefined;

  constructor(region: string) {
    this.#region = region;
  }

  /** @throws ImproperlyConfigured when `@aws-sdk/client-s3`, an optional peer, is not installed */
  load(): Promise<LoadedS3> {
    this.#loaded ??= loadSdk().then((sdk) => ({
      sdk: sdk as unknown as LoadedS3['sdk'],
      client: new sdk.S3Client({
        region: this.#region,
        // A local AWS has no host name for each bucket.
        forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
        ...limits(requestTimeout),
      }),
    }));
    return this.#loaded;
  }

  async destroy(): Promise<void> {
    const loaded = await this.#loaded?.catch(() => undefined);
    loaded?.client.destroy();
    this.#loaded = undefined;
  }
}

async function loadSdk(): Promise<typeof import('@aws-sdk/client-s3')> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw new ImproperlyConfigured(
      'Arguments or a result are too large for a message or an item, and @aws-sdk/client-s3, which keeps them elsewhere, ' +
        'cannot be loaded. Install it where this process runs: npm i @aws-sdk/client-s3',
      { cause },
    );
  }
}
