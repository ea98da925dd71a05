import {
  DeleteScheduleCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  paginateListSchedules,
  SchedulerClient,
  type ScheduleSummary,
} from '@aws-sdk/client-scheduler';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { localRegion } from './environment.ts';
import type { ScheduleFirer, ScheduleFirerOptions } from './fire-schedules.ts';

/**
 * Fires one-off schedules that send to queues, for engines that keep schedules and never fire them. As on AWS, what
 * looks like one of Scheduler's templates is replaced, and a schedule goes after it has fired if it says so.
 */
export function startScheduleFirer(options: ScheduleFirerOptions): ScheduleFirer {
  const { endpoint, region = process.env.AWS_REGION ?? localRegion, everyMs = 1000 } = options;
  const rounds = new FiringRounds(
    new SchedulerClient({ endpoint, region }),
    new SQSClient({ endpoint, region }),
  );
  const ending = new AbortController();
  const running = (async () => {
    while (!ending.signal.aborted) {
      try {
        await rounds.run(Date.now());
      } catch (error) {
        options.report?.(`Schedules could not be looked at: ${error}`);
      }
      await pause(everyMs, ending.signal);
    }
    rounds.close();
  })();
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

class FiringRounds {
  readonly #scheduler: SchedulerClient;
  readonly #sqs: SQSClient;
  /** What is known of each schedule, by its ARN and version: when it is due; undefined: not once. */
  #due = new Map<string, number | undefined>();
  readonly #urls = new Map<string, string>();
  readonly #fired = new Set<string>();

  constructor(scheduler: SchedulerClient, sqs: SQSClient) {
    this.#scheduler = scheduler;
    this.#sqs = sqs;
  }

  async run(now: number): Promise<void> {
    const seen = new Map<string, number | undefined>();
    for await (const page of paginateListSchedules({ client: this.#scheduler }, {})) {
      for (const summary of page.Schedules ?? []) {
        const version = `${summary.Arn} ${summary.LastModificationDate?.getTime()}`;
        const due = this.#due.has(version)
          ? this.#due.get(version)
          : dueTime(await this.#get(summary));
        seen.set(version, due);
        if (due !== undefined && due <= now && !this.#fired.has(version)) {
          await this.#fire(summary, due);
          this.#fired.add(version);
        }
      }
    }
    this.#due = seen;
  }

  close(): void {
    this.#scheduler.destroy();
    this.#sqs.destroy();
  }

  async #fire(summary: ScheduleSummary, due: number): Promise<void> {
    const schedule = await this.#get(summary);
    const { Target, GroupName, Name } = schedule;
    const group = Target?.SqsParameters?.MessageGroupId;
    await this.#sqs.send(
      new SendMessageCommand({
        QueueUrl: await this.#urlOf(Target?.Arn ?? ''),
        MessageBody: replaceTemplates(Target?.Input ?? '{}', schedule, due),
        ...(group && {
          MessageGroupId: group,
          MessageDeduplicationId: crypto.randomUUID(),
        }),
      }),
    );
    if (schedule.ActionAfterCompletion === 'DELETE') {
      await this.#scheduler.send(new DeleteScheduleCommand({ GroupName, Name }));
    }
  }

  async #get({ GroupName, Name }: ScheduleSummary): Promise<GetScheduleCommandOutput> {
    return await this.#scheduler.send(new GetScheduleCommand({ GroupName, Name }));
  }

  async #urlOf(arn: string): Promise<string> {
    const known = this.#urls.get(arn);
    if (known !== undefined) return known;
    const QueueName = arn.slice(arn.lastIndexOf(':') + 1);
    const { QueueUrl = '' } = await this.#sqs.send(new GetQueueUrlCommand({ QueueName }));
    this.#urls.set(arn, QueueUrl);
    return QueueUrl;
  }
}

/** When a one-off schedule is due, in milliseconds since the epoch; undefined for all others. */
function dueTime({ ScheduleExpression = '', State, Target }: GetScheduleCommandOutput) {
  const [, at] = /^at\((.+)\)$/.exec(ScheduleExpression) ?? [];
  const sends = State !== 'DISABLED' && Target?.Arn?.includes(':sqs:');
  return at !== undefined && sends ? Date.parse(`${at}Z`) : undefined;
}

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function replaceTemplates(
  input: string,
  { Arn = '' }: GetScheduleCommandOutput,
  due: number,
): string {
  const values: Readonly<Record<string, string>> = {
    'schedule-arn': Arn,
    'scheduled-time': `${new Date(due).toISOString().slice(0, 19)}Z`,
    'execution-id': crypto.randomUUID(),
    'attempt-number': '1',
  };
  return input.replaceAll(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (template, name: string) => values[name] ?? template,
  );
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
