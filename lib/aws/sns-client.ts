import { ImproperlyConfigured } from '../errors.ts';
import { limits } from './clients.ts';
import { LazySdk, type LoadedSdk } from './optional-sdk.ts';

/** SNS's client, and the classes of its package that are used here. */
export type LoadedSns = LoadedSdk<'PublishCommand'>;

/**
 * Loads the client at first use: only who broadcasts needs it. A worker's bundle for a local engine has it if its
 * application has a fanout exchange (cdk: `workerBundling`); Lambda's own runtime has the package.
 */
export class LazySns extends LazySdk<'PublishCommand'> {
  constructor(region: string) {
    super(async () => {
      const sdk = await loadSdk();
      return {
        sdk: sdk as unknown as LoadedSns['sdk'],
        client: new sdk.SNSClient({ region, ...limits(5_000) }),
      };
    });
  }
}

async function loadSdk(): Promise<typeof import('@aws-sdk/client-sns')> {
  try {
    return await import('@aws-sdk/client-sns');
  } catch (cause) {
    throw new ImproperlyConfigured(
      'A call goes to a fanout exchange, and @aws-sdk/client-sns, which publishes to it, cannot be loaded. ' +
        "Install it where this process runs (Lambda's own runtime has it): npm i @aws-sdk/client-sns",
      { cause },
    );
  }
}
