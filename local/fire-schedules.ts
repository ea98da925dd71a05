/** Fires schedules until it is stopped. */
export interface ScheduleFirer {
  /** Ends after the round in hand. */
  stop(): Promise<void>;
}

/** Where a firer looks for what is due, and how often. */
export interface ScheduleFirerOptions {
  /** The engine's URL. */
  readonly endpoint: string;
  /** Default: AWS_REGION, else the local engine's. */
  readonly region?: string;
  /** Milliseconds between two looks. Default 1000. */
  readonly everyMs?: number;
  /** Takes a line for what does not work. Default: says nothing. */
  readonly report?: (line: string) => void;
}

/** Whether schedules of the engine fire by themselves: ministack's do, LocalStack's never. */
export async function firesSchedules(endpoint: string): Promise<boolean> {
  const answer = await fetch(`${endpoint}/_ministack/ready`, {
    signal: AbortSignal.timeout(10_000),
  });
  return answer.ok;
}

/** A firer for an engine that keeps schedules and fires none; for others one that does nothing. */
export async function openScheduleFirer(options: ScheduleFirerOptions): Promise<ScheduleFirer> {
  const { endpoint, report = () => {} } = options;
  if (await firesSchedules(endpoint)) return noFirer;
  try {
    const { startScheduleFirer } = await import('./schedule-firer.ts');
    return startScheduleFirer(options);
  } catch (error) {
    if (!isMissingPackage(error)) throw error;
    report(
      'This engine fires no schedules, so what waits for more than 15 minutes stays parked. ' +
        'They are fired from here, with: npm i -D @aws-sdk/client-scheduler',
    );
    return noFirer;
  }
}

const noFirer: ScheduleFirer = { stop: async () => {} };

function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
