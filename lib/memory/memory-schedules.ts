import { OperationalError } from '../errors.ts';
import type { Clock, FoundMessage, ParkedMessage, ParkOutcome, Schedules } from '../ports/index.ts';
import { scheduleName, schedulePrefix } from '../protocol/schedule-name.ts';
import type { MemoryQueues } from './memory-queues.ts';

/** How one schedule of the in-process engine misbehaves, as EventBridge Scheduler may. */
export interface ScheduleFaults {
  /** Fires so much later. Default 0. */
  readonly lateSeconds?: number;
  /** Sends so often. Default 1. */
  readonly times?: number;
  /** Stays on record for so long after it has fired. Default 0. */
  readonly keptSeconds?: number;
}

/** EventBridge Scheduler's limit of a target's input, in bytes. */
const maxBodyBytes = 262_144;

interface Schedule extends ParkedMessage {
  fired: boolean;
  cancel: () => void;
}

/** The engine's schedules, on its clock. A process stays alive for what is still to come. */
export class ScheduleStore {
  readonly #queues: MemoryQueues;
  readonly #clock: Clock;
  readonly #faultsOf: (name: string) => ScheduleFaults;
  readonly #schedules = new Map<string, Schedule>();

  constructor(queues: MemoryQueues, clock: Clock, faultsOf: (name: string) => ScheduleFaults) {
    this.#queues = queues;
    this.#clock = clock;
    this.#faultsOf = faultsOf;
  }

  add(message: ParkedMessage): ParkOutcome {
    this.#queues.get(message.queue);
    const name = scheduleName(message);
    const known = this.#schedules.get(name);
    if (known) return { created: false, fireAt: known.fireAt };
    const { lateSeconds = 0 } = this.#faultsOf(name);
    const schedule: Schedule = { ...message, fired: false, cancel: () => {} };
    const delayMs = message.fireAt + lateSeconds * 1000 - this.#clock.now();
    schedule.cancel = this.#clock.setTimer(Math.max(0, delayMs), () => this.#fire(name, schedule));
    this.#schedules.set(name, schedule);
    return { created: true };
  }

  /** Whatever has not fired, by name. */
  *waiting(prefix = ''): Generator<FoundMessage & { readonly fireAt: number }> {
    for (const [name, { queue, body, groupId, fireAt, fired }] of this.#schedules) {
      if (!fired && name.startsWith(prefix)) yield { name, queue, body, groupId, fireAt };
    }
  }

  remove(name: string): void {
    this.#schedules.get(name)?.cancel();
    this.#schedules.delete(name);
  }

  clear(): void {
    for (const name of [...this.#schedules.keys()]) this.remove(name);
  }

  #fire(name: string, schedule: Schedule): void {
    const { times = 1, keptSeconds = 0 } = this.#faultsOf(name);
    const { queue, groupId } = schedule;
    const body = replaceTemplates(schedule);
    schedule.fired = true;
    const target = this.#queues.get(queue);
    const fifo = target.fifo && { groupId: groupId ?? 'default', deduplicationId: name };
    for (let i = 0; i < times; i++) target.send({ body, ...fifo });
    if (keptSeconds === 0) this.remove(name);
    else schedule.cancel = this.#clock.setTimer(keptSeconds * 1000, () => this.remove(name));
  }
}

/** Schedules of the in-process engine. */
export class MemorySchedules implements Schedules {
  readonly maxBodyBytes: number = maxBodyBytes;
  readonly #store: ScheduleStore;

  /** Several may share `store`, as several processes share a schedule group. */
  constructor(store: ScheduleStore) {
    this.#store = store;
  }

  async create(message: ParkedMessage): Promise<ParkOutcome> {
    const bytes = Buffer.byteLength(message.body);
    if (bytes <= maxBodyBytes) return this.#store.add(message);
    throw new OperationalError(
      `Parking task ${message.taskId} failed: ValidationException: ${bytes} bytes, a schedule carries ${maxBodyBytes}`,
    );
  }

  async find(taskId: string): Promise<readonly FoundMessage[]> {
    return Array.from(this.#store.waiting(schedulePrefix(taskId)), ({ fireAt, ...found }) => found);
  }

  async delete(name: string): Promise<void> {
    this.#store.remove(name);
  }
}

/** EventBridge Scheduler replaces these anywhere in what it sends. */
function replaceTemplates({ body, fireAt }: ParkedMessage): string {
  return body.replaceAll(/<aws\.scheduler\.[a-z-]+>/g, new Date(fireAt).toISOString());
}
