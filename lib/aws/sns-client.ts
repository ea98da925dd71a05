import { ImproperlyConfigured } from '../errors.ts';
import { limits } from './clients.ts';
import type { OptionalClass, OptionalClient } from './optional-sdk.ts';

/** SNS's client, and the classes of its package that are used here. */
export interface LoadedSns {
  readonly client: OptionalClient;
  readonly sdk: Readonly<Record<'PublishCommand', OptionalClass>>;
}

/**
 * Loads the client at first use: only who broadcasts needs it. A worker's bundle for a local engine has it if its
 * application has a fanout exchange (cdk: `workerBundling`); Lambda's own runtime has the package.
 */
export class LazySns {
  readonly #region: string;
  #loaded: Promise<LoadedSns> | undefined;

  constructor(region: string) {
    this.#region = region;
  }

  /** @throws ImproperlyConfigured when `@aws-sdk/client-sns`, an optional peer, is not installed */
  load(): Promise<LoadedSns> {
    this.#loaded ??= loadSdk().then((sdk) => ({
      sdk: sdk as unknown as LoadedSns['sdk'],
      client: new sdk.SNSClient({ region: this.#region, ...limits(5_000) }),
    }));
    return this.#loaded;
  }

  async destroy(): Promise<void> {
    const loaded = await this.#loaded?.catch(() => undefined);
    loaded?.client.destroy();
    this.#loaded = undefined;
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
