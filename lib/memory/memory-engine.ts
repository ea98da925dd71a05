import { QueueNotFound } from '../errors.ts';
import {
  type Adapters,
  admissionsFrom,
  type Clock,
  type FoundMessage,
  type Random,
} from '../ports/index.ts';
import { type LaneStarts, laneNames } from '../protocol/priority-lanes.ts';
import { ExpiringMap } from './expiring-map.ts';
import { MemoryBlobStore } from './memory-blob-store.ts';
import { MemoryBroker } from './memory-broker.ts';
import { type ChordRecords, MemoryChords } from './memory-chords.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import { MemoryFanout } from './memory-fanout.ts';
import { MemoryGroups } from './memory-groups.ts';
import { MemoryNativeCanvas, type NativeRecords } from './memory-native-canvas.ts';
import type { QueuedMessage } from './memory-queue.ts';
import { MemoryQueues } from './memory-queues.ts';
import { MemoryRateClocks, type RateRecords } from './memory-rate-clocks.ts';
import { MemoryResultBackend, type ResultItem } from './memory-result-backend.ts';
import { MemoryRevocations, type RevokeRecords } from './memory-revocations.ts';
import { MemorySchedules, type ScheduleFaults, ScheduleStore } from './memory-schedules.ts';
import { MemoryStartMarks, type StartRecord } from './memory-start-marks.ts';
import { type ClaimRecord, MemoryUniqueClaims } from './memory-unique-claims.ts';
import { PythonChords } from './python-chords.ts';
import type { QueueOptions } from './queue-options.ts';

/** What a `MemoryEngine` is made of. */
export interface MemoryEngineOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Queues that are there from the start, by Celery's name. */
  readonly queues?: Readonly<Record<string, QueueOptions>>;
  /** Whether any other queue is made on first use. Default true. @see Celery's `task_create_missing_queues` */
  readonly createMissingQueues?: boolean;
  /** Queue of control messages; null: none. Default `celery.control`. */
  readonly controlQueue?: string | null;
  /** Whether there is a place for large payloads. Default false, as in a stack that was not asked for a bucket. */
  readonly blobs?: boolean;
  /** Queues that workers of other libraries serve. Default none. */
  readonly externalQueues?: readonly string[];
  /** Queues that have lanes, and the lowest priority of each lane; the lanes are made. Default none. */
  readonly lanes?: Readonly<Record<string, LaneStarts>>;
  /** Fanout exchanges, and the queues that are bound to each. Default none. */
  readonly fanouts?: ReadonlyMap<string, readonly string[]>;
  /** Whether messages can be parked. Default true. */
  readonly schedules?: boolean;
  /** How the schedule of this name misbehaves: late, twice. Default not at all. */
  readonly scheduleFaults?: (name: string) => ScheduleFaults;
}

/** Queues, schedules, results and state in this process, with the semantics of SQS and DynamoDB, on any clock. */
export class MemoryEngine {
  /** The records of chords, as a Python worker beside ours treats them. */
  readonly pythonChords: PythonChords;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #queues: MemoryQueues;
  readonly #items = new Map<string, ResultItem>();
  readonly #starts: ExpiringMap<StartRecord>;
  readonly #revokes: RevokeRecords;
  readonly #rates: RateRecords;
  readonly #claims: ExpiringMap<ClaimRecord>;
  readonly #chords: ChordRecords;
  readonly #native: NativeRecords;
  readonly #schedules: ScheduleStore;
  readonly #blobs: Map<string, Uint8Array> | undefined;
  readonly #externalQueues: readonly string[];
  readonly #lanes: ReadonlyMap<string, LaneStarts>;
  readonly #fanouts: ReadonlyMap<string, readonly string[]>;
  readonly #canPark: boolean;
  readonly #closed = new AbortController();

  constructor(options: MemoryEngineOptions) {
    const { clock, random, createMissingQueues = true, lanes = {} } = options;
    const queues = withLanes(options.queues ?? {}, lanes);
    const {
      controlQueue = 'celery.control',
      blobs = false,
      externalQueues = [],
      schedules = true,
      scheduleFaults = () => ({}),
    } = options;
    this.#clock = clock;
    this.#random = random;
    this.#starts = new ExpiringMap(clock);
    this.#revokes = { revoked: new ExpiringMap(clock), terminated: new ExpiringMap(clock) };
    this.#rates = { clocks: new ExpiringMap(clock), changes: new Map() };
    this.#claims = new ExpiringMap(clock);
    this.#chords = { counters: new ExpiringMap(clock), groups: new ExpiringMap(clock) };
    this.#native = {
      chords: new ExpiringMap(clock),
      steps: new ExpiringMap(clock),
      parts: new ExpiringMap(clock),
    };
    this.pythonChords = new PythonChords(this.#chords);
    this.#queues = new MemoryQueues({ clock, random, queues, createMissingQueues, controlQueue });
    this.#schedules = new ScheduleStore(this.#queues, clock, scheduleFaults);
    this.#blobs = blobs ? new Map() : undefined;
    this.#externalQueues = externalQueues;
    this.#lanes = new Map(Object.entries(lanes));
    this.#fanouts = options.fanouts ?? new Map();
    this.#canPark = schedules;
  }

  /** A process's view of the engine; any number of them share it. `close` ends the engine's waits, for all. */
  adapters(): Adapters {
    const results = new MemoryResultBackend(this.#items, this.#clock);
    const revocations = new MemoryRevocations(this.#revokes);
    return {
      broker: new MemoryBroker(this.#queues, this.#random, this.#externalQueues, this.#lanes),
      fanout:
        this.#fanouts.size > 0
          ? new MemoryFanout(this.#fanouts, this.#queues, this.#random)
          : undefined,
      consumer: new MemoryConsumer(this.#queues, this.#clock, this.#closed.signal),
      results,
      startMarks: new MemoryStartMarks(this.#starts),
      admissions: admissionsFrom(results, revocations),
      revocations,
      rateClocks: new MemoryRateClocks(this.#rates, this.#clock),
      uniqueClaims: new MemoryUniqueClaims(this.#claims, this.#clock),
      groups: new MemoryGroups(this.#chords.groups),
      chords: new MemoryChords(this.#chords),
      nativeCanvas: new MemoryNativeCanvas(this.#native),
      schedules: this.#canPark ? new MemorySchedules(this.#schedules) : undefined,
      blobs: this.#blobs && new MemoryBlobStore(this.#blobs),
      close: async () => {
        this.#closed.abort();
        this.#schedules.clear();
      },
    };
  }

  /** Celery's names of the queues that tasks are sent to. */
  queueNames(): readonly string[] {
    return this.#queues.names();
  }

  /** Calls `listener` with the name of every queue that tasks will be the first to use. */
  onNewQueue(listener: (queue: string) => void): void {
    this.#queues.onNewQueue(listener);
  }

  /** Everything that lies in a queue, a dead-letter queue among them, in the order of arrival. @throws QueueNotFound */
  messages(queue: string): readonly QueuedMessage[] {
    return this.#queues.get(queue).peek();
  }

  /** Everything in the dead-letter queue of `queue`. @throws QueueNotFound when it has none */
  deadLetters(queue: string): readonly QueuedMessage[] {
    this.#queues.get(queue);
    const name = this.#queues.deadLetterName(queue);
    if (name === undefined)
      throw new QueueNotFound(`dead-letter queue of ${queue}`, this.#queues.names());
    return this.messages(name);
  }

  /** What is parked, and when it comes home, in milliseconds since the epoch. */
  parked(): readonly ParkedView[] {
    return [...this.#schedules.waiting()];
  }

  /** What lies in the place for large payloads, by key. */
  blobs(): ReadonlyMap<string, Uint8Array> {
    return this.#blobs ?? new Map();
  }

  /** A result item as it lies in the table, an expired one too. */
  item(taskId: string): ResultItem | undefined {
    return this.#items.get(taskId);
  }

  /** Puts a whole item, unguarded and without our attributes, as a Python worker does. @see celery.backends.dynamodb */
  putAsPython(taskId: string, document: Uint8Array, options: PythonPutOptions = {}): void {
    const timestamp = options.timestamp ?? String(this.#clock.now() / 1000);
    const expiresAt = options.expiresAt;
    this.#items.set(taskId, {
      taskId,
      document: document.slice(),
      timestamp,
      expiresAt,
      own: undefined,
    });
  }
}

/** Each lane is a queue like the one it belongs to, but for the dead-letter queue, which is its own. */
function withLanes(
  queues: Readonly<Record<string, QueueOptions>>,
  lanes: Readonly<Record<string, LaneStarts>>,
): Readonly<Record<string, QueueOptions>> {
  const ofLanes = Object.entries(lanes).flatMap(([queue, starts]) =>
    laneNames(queue, starts).map((name) => {
      const { deadLetterQueue: _, ...options } = queues[queue] ?? {};
      return [name, options] as const;
    }),
  );
  return { ...Object.fromEntries(ofLanes), ...queues };
}

/** A parked message as it lies in the engine. */
export type ParkedView = FoundMessage & { readonly fireAt: number };

/** What a Python worker's item may say beside the document. */
export interface PythonPutOptions {
  /** Unix seconds with fraction, as text. Default now. */
  readonly timestamp?: string;
  /** Unix seconds; only with `ttl_seconds` in Python. Default never. */
  readonly expiresAt?: number;
}
