import { ImproperlyConfigured } from '../errors.ts';
import { limits } from './clients.ts';
import { LazySdk, type LoadedSdk } from './optional-sdk.ts';

type Command =
  | 'CreateScheduleCommand'
  | 'GetScheduleCommand'
  | 'ListSchedulesCommand'
  | 'DeleteScheduleCommand';

/** EventBridge Scheduler's client, and the commands of its package that are used here. */
export type LoadedScheduler = LoadedSdk<Command>;

/**
 * Loads the client at first use: only workers that park need it. Lambda's runtime has the package, so a worker's
 * bundle leaves it out (cdk: `workerBundling`).
 */
export class LazyScheduler extends LazySdk<Command> {
  constructor(region: string) {
    super(async () => {
      const sdk = await loadSdk();
      return {
        sdk: sdk as unknown as LoadedScheduler['sdk'],
        client: new sdk.SchedulerClient({ region, ...limits(5_000) }),
      };
    });
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
