import { ImproperlyConfigured } from '../errors.ts';
import { limits } from './clients.ts';
import type { OptionalClass, OptionalClient } from './optional-sdk.ts';

type Command =
  | 'CreateScheduleCommand'
  | 'GetScheduleCommand'
  | 'ListSchedulesCommand'
  | 'DeleteScheduleCommand';

/** EventBridge Scheduler's client, and the commands of its package that are used here. */
export interface LoadedScheduler {
  readonly client: OptionalClient;
  readonly sdk: Readonly<Record<Command, OptionalClass>>;
}

/**
 * Loads the client at first use: only workers that park need it. Lambda's runtime has the package, so a worker's
 * bundle leaves it out (cdk: `workerBundling`).
 */
export class LazyScheduler {
  readonly #region: string;
  #loaded: Promise<LoadedScheduler> | undefined;

  constructor(region: string) {
    this.#region = region;
  }

  /** @throws ImproperlyConfigured when `@aws-sdk/client-scheduler`, an optional peer, is not installed */
  load(): Promise<LoadedScheduler> {
    this.#loaded ??= loadSdk().then((sdk) => ({
      sdk: sdk as unknown as LoadedScheduler['sdk'],
      client: new sdk.SchedulerClient({ region: this.#region, ...limits(5_000) }),
    }));
    return this.#loaded;
  }

  async destroy(): Promise<void> {
    const loaded = await this.#loaded?.catch(() => undefined);
    loaded?.client.destroy();
    this.#loaded = undefined;
  }
}

async function loadSdk(): Promise<typeof import('@aws-sdk/client-scheduler')> {
  try {
    return await import('@aws-sdk/client-scheduler');
  } catch (cause) {
    throw new ImproperlyConfigured(
      'A message has to wait for more than 15 minutes, and @aws-sdk/client-scheduler, which parks it, cannot be loaded. ' +
        "Install it where this worker runs (Lambda's own runtime has it): npm i @aws-sdk/client-scheduler",
      { cause },
    );
  }
}
