import { ImproperlyConfigured } from '../errors.ts';
import { limits } from './clients.ts';
import { LazySdk, type LoadedSdk } from './optional-sdk.ts';

type S3Command = 'PutObjectCommand' | 'GetObjectCommand' | 'DeleteObjectCommand';

/** S3's client, and the classes of its package that are used here. */
export type LoadedS3 = LoadedSdk<S3Command>;

/** A large payload takes longer than other answers, in milliseconds. */
const requestTimeout = 60_000;

/**
 * Loads the client at first use: small payloads never need it. A worker's bundle has it if its application was given a
 * bucket (cdk: `workerBundling`).
 */
export class LazyS3 extends LazySdk<S3Command> {
  constructor(region: string) {
    super(async () => {
      const sdk = await loadSdk();
      return {
        sdk: sdk as unknown as LoadedS3['sdk'],
        client: new sdk.S3Client({
          region,
          // A local AWS has no host name for each bucket.
          forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
          ...limits(requestTimeout),
        }),
      };
    });
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
