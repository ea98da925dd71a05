import type {
  CreateScheduleCommandInput,
  GetScheduleCommandOutput,
  ListSchedulesCommandOutput,
} from '@aws-sdk/client-scheduler';
import type { FoundMessage, ParkedMessage, ParkOutcome, Schedules } from '../ports/index.ts';
import { scheduleName, schedulePrefix } from '../protocol/schedule-name.ts';
import { isFifoQueue } from '../protocol/sqs-limits.ts';
import { inParallel } from './in-parallel.ts';
import { operationalError } from './operational-error.ts';
import type { QueueDirectory } from './queue-directory.ts';
import type { LazyScheduler } from './scheduler-client.ts';

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html */
const maxBodyBytes = 262_144;
const parallelRequests = 4;

/** What `EventBridgeSchedules` works with. */
export interface EventBridgeSchedulesOptions {
  readonly scheduler: Pick<LazyScheduler, 'load'>;
  /** The schedule group, of parked messages alone. */
  readonly group: string;
  /** ARN of the role as which Scheduler sends. */
  readonly roleArn: string;
  /** Where the queues are. */
  readonly region: string;
  readonly queues: QueueDirectory;
}

/**
 * One-off schedules of EventBridge Scheduler that send to SQS and delete themselves. What cannot be sent for a day ends
 * in the queue's dead-letter queue as it is (Scheduler knows no FIFO queue as such a one).
 */
export class EventBridgeSchedules implements Schedules {
  readonly maxBodyBytes: number = maxBodyBytes;
  readonly #options: EventBridgeSchedulesOptions;

  constructor(options: EventBridgeSchedulesOptions) {
    this.#options = options;
  }

  async create(message: ParkedMessage): Promise<ParkOutcome> {
    const input = this.#input(message);
    const { client, sdk } = await this.#options.scheduler.load();
    try {
      await client.send(new sdk.CreateScheduleCommand(input));
      return { created: true };
    } catch (error) {
      const doing = `Parking task ${message.taskId} in schedule group '${this.#options.group}'`;
      if (!isNamed(error, 'ConflictException')) throw operationalError(doing, error);
    }
    const stored = await this.#get(scheduleName(message));
    // Gone meanwhile: it has been sent.
    return { created: false, fireAt: stored ? fireTime(stored) : 0 };
  }

  async find(taskId: string): Promise<readonly FoundMessage[]> {
    const names = await this.#names(schedulePrefix(taskId));
    const found = await inParallel(names, parallelRequests, async (name) => {
      const schedule = await this.#get(name);
      return schedule ? [this.#toMessage(name, schedule)] : [];
    });
    return found.flat();
  }

  async delete(name: string): Promise<void> {
    const { client, sdk } = await this.#options.scheduler.load();
    const GroupName = this.#options.group;
    try {
      await client.send(new sdk.DeleteScheduleCommand({ GroupName, Name: name }));
    } catch (error) {
      if (!isNamed(error, 'ResourceNotFoundException')) {
        throw operationalError(`Deleting schedule '${name}' of group '${GroupName}'`, error);
      }
    }
  }

  async #names(prefix: string): Promise<string[]> {
    const { client, sdk } = await this.#options.scheduler.load();
    const GroupName = this.#options.group;
    const names: string[] = [];
    let NextToken: string | undefined;
    try {
      do {
        const page = (await client.send(
          new sdk.ListSchedulesCommand({ GroupName, NamePrefix: prefix, NextToken }),
        )) as ListSchedulesCommandOutput;
        for (const { Name } of page.Schedules ?? []) if (Name !== undefined) names.push(Name);
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    } catch (error) {
      throw operationalError(`Listing schedules of group '${GroupName}'`, error);
    }
    return names;
  }

  async #get(name: string): Promise<GetScheduleCommandOutput | undefined> {
    const { client, sdk } = await this.#options.scheduler.load();
    const GroupName = this.#options.group;
    try {
      const command = new sdk.GetScheduleCommand({ GroupName, Name: name });
      return (await client.send(command)) as GetScheduleCommandOutput;
    } catch (error) {
      if (isNamed(error, 'ResourceNotFoundException')) return undefined;
      throw operationalError(`Reading schedule '${name}' of group '${GroupName}'`, error);
    }
  }

  #input(message: ParkedMessage): CreateScheduleCommandInput {
    const { queues, group, roleArn } = this.#options;
    const { queue, body, groupId = 'default' } = message;
    const url = queues.url(queue);
    const deadLetters = queues.deadLetterQueue(queue);
    const fifo = isFifoQueue(url);
    return {
      Name: scheduleName(message),
      GroupName: group,
      ScheduleExpression: `at(${new Date(message.fireAt).toISOString().slice(0, 19)})`,
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: {
        Arn: this.#arnOf(url),
        RoleArn: roleArn,
        Input: body,
        ...(fifo && { SqsParameters: { MessageGroupId: groupId } }),
        ...(deadLetters !== undefined &&
          !fifo && { DeadLetterConfig: { Arn: this.#arnOf(queues.url(deadLetters)) } }),
      },
    };
  }

  /** A queue's URL ends in its account and name, on AWS and on local engines alike. */
  #arnOf(url: string): string {
    const [, partition = 'aws'] = this.#options.roleArn.split(':');
    return `arn:${partition}:sqs:${this.#options.region}:${url.split('/').slice(-2).join(':')}`;
  }

  #toMessage(name: string, { Target }: GetScheduleCommandOutput): FoundMessage {
    return {
      name,
      queue: this.#options.queues.nameOf(Target?.Arn ?? ''),
      body: Target?.Input ?? '',
      groupId: Target?.SqsParameters?.MessageGroupId,
    };
  }
}

/** The client is loaded at run time, so its error classes are not at hand for `instanceof`. */
function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}

function fireTime({ ScheduleExpression = '' }: GetScheduleCommandOutput): number {
  const [, at = ''] = /^at\((.+)\)$/.exec(ScheduleExpression) ?? [];
  return Date.parse(`${at}Z`);
}
