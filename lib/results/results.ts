import { TimeoutError } from '../errors.ts';
import { deletePayload, parseReference } from '../payloads/index.ts';
import type { BlobStore, Clock, Groups, ResultBackend } from '../ports/index.ts';
import {
  groupResultTuple,
  isFinal,
  PayloadKind,
  type ResultTuple,
  RuntimeError,
} from '../protocol/index.ts';
import { AsyncResult, type AsyncResultOptions } from './async-result.ts';
import { type Ended, ended, type WaitOptions } from './ended.ts';
import { GroupResult } from './group-result.ts';
import { ReadBatch } from './read-batch.ts';
import { SharedPause } from './shared-pause.ts';
import { type DocumentReader, readSnapshot, type Snapshot } from './snapshot.ts';

/** How `get` waits. */
export interface GetOptions extends WaitOptions {
  /** Reject with the task's error; false resolves with it. @default true */
  readonly propagate?: boolean;
  /** Waiting inside a task is refused; false allows it. @default true */
  readonly disableSyncSubtasks?: boolean;
}

/** How a task is revoked. */
export interface RevokeOptions {
  /** Also if it runs: its `signal` aborts within seconds, it is abandoned and ends REVOKED. @default false */
  readonly terminate?: boolean;
}

/** What the results of one application are read through. */
export interface ResultsOptions {
  /** Asked for at the first read. */
  readonly backend: () => Promise<ResultBackend>;
  /** Asked for at the first result that is too large for its item; default none. */
  readonly blobs?: () => Promise<BlobStore | undefined>;
  /** What results are written with. @default 'json' */
  readonly serializer?: string;
  readonly clock: Clock;
  /** Whether the caller runs inside a task, where waiting for another is refused. */
  readonly insideTask: () => boolean;
  /** Throws where the caller is a handler whose run was left: it may do nothing through the library any more. */
  readonly assertOpen?: () => void;
  readonly revoke: (taskIds: readonly string[], options: RevokeOptions) => Promise<void>;
  /** Asked for at the first group that is saved or restored. */
  readonly groups: () => Promise<Groups>;
  /** Seconds for which groups are saved; null: for ever. @see Celery's `result_expires` */
  readonly resultExpires: number | null;
}

/** The state of a task, and all of its snapshot where that is at hand. */
export interface Glance {
  readonly status: string;
  readonly snapshot?: Snapshot;
}

/**
 * Reads and awaits the results of one application. Whoever waits, reads in the same turn: 500 pending `get()` cost
 * five requests a look, not 500.
 */
export class Results {
  readonly #options: ResultsOptions;
  readonly #pauses: SharedPause;
  /** A stale read costs a waiter one more look, and half of a consistent one. */
  readonly #looks: ReadBatch;
  readonly #reads: ReadBatch;
  readonly #documents: DocumentReader;

  constructor(options: ResultsOptions) {
    this.#options = options;
    this.#pauses = new SharedPause(options.clock);
    this.#looks = new ReadBatch(options.backend, { consistent: false });
    this.#reads = new ReadBatch(options.backend, { consistent: true });
    const { blobs = async () => undefined, serializer = 'json' } = options;
    this.#documents = { blobs, serializer };
  }

  /** A handle on a task's result; reads nothing yet. */
  asyncResult<T>(id: string, options: AsyncResultOptions = {}): AsyncResult<T> {
    return new AsyncResult<T>(id, this, options);
  }

  /** What a tuple refers to: a `GroupResult` where it has members, its parents behind it. @see celery.result.result_from_tuple */
  resultFromTuple<T = unknown>(
    [[id, parent], members]: ResultTuple,
    workflow?: AsyncResultOptions['workflow'],
  ): AsyncResult<T> {
    if (members === null) return this.asyncResult<T>(id, { parent, workflow });
    const results = members.map((member) => this.resultFromTuple(member, workflow));
    return new GroupResult(id, this, results, {
      parent,
      workflow,
    }) as AsyncResult<unknown> as AsyncResult<T>;
  }

  /** The group that was saved under this id; undefined: none, or its time is over. @throws OperationalError, DecodeError */
  async restoreGroup<T extends readonly unknown[]>(
    id: string,
  ): Promise<GroupResult<T> | undefined> {
    const saved = await (await this.#options.groups()).restore(id);
    if (saved === undefined) return undefined;
    const tuple = groupResultTuple(id, saved.members, saved.parent);
    return this.resultFromTuple<T>(tuple) as GroupResult<T>;
  }

  /** @throws OperationalError */
  async saveGroup([[groupId, parent], members]: ResultTuple): Promise<void> {
    const { clock, resultExpires, groups } = this.#options;
    const expiresAt =
      resultExpires === null ? undefined : Math.ceil(clock.now() / 1000 + resultExpires);
    await (await groups()).save({ groupId, members: members ?? [], parent }, expiresAt);
  }

  /** @throws OperationalError */
  async deleteGroup(id: string): Promise<void> {
    await (await this.#options.groups()).delete(id);
  }

  /** What is stored now; undefined: nothing, the task is pending or unknown. @throws OperationalError, DecodeError, PayloadError */
  async read(id: string): Promise<Snapshot | undefined> {
    this.#options.assertOpen?.();
    const stored = await this.#reads.read(id);
    return stored && (await readSnapshot(stored, this.#documents));
  }

  /** What is stored now, but for a document that lies elsewhere just its state. Throws as `read`. */
  async glance(id: string): Promise<Glance | undefined> {
    this.#options.assertOpen?.();
    const stored = await this.#reads.read(id);
    if (stored?.own?.payload !== undefined) return { status: stored.own.status };
    const snapshot = stored && (await readSnapshot(stored, this.#documents));
    return snapshot && { status: snapshot.document.status, snapshot };
  }

  /** The final state, once there is one. Throws as `ended`. */
  async wait(id: string, options: WaitOptions): Promise<Snapshot> {
    const snapshots: Snapshot[] = [];
    for await (const [, snapshot] of this.ended([id], options)) snapshots.push(snapshot);
    // Of one task there is one end, or an error.
    return snapshots[0] as Snapshot;
  }

  /**
   * The final states of these tasks, as they end.
   *
   * @throws TimeoutError, OperationalError, DecodeError, the signal's reason; RangeError for a time that is none
   */
  ended(ids: readonly string[], options: WaitOptions): AsyncGenerator<Ended, void, undefined> {
    return ended(ids, options, {
      look: (id) => this.#finalLook(id),
      pauses: this.#pauses,
      clock: this.#options.clock,
      timedOut: (seconds, unfinished) => timeoutError(ids.length, unfinished, seconds),
    });
  }

  /**
   * Deletes stored results, then the document of each that lies elsewhere: one that a failure leaves there can be found
   * by nobody, and expires.
   *
   * @throws OperationalError; PayloadError for a document that lies where this process has no access
   */
  async forget(ids: readonly string[]): Promise<void> {
    this.#options.assertOpen?.();
    const backend = await this.#options.backend();
    for (const payload of await backend.forget(ids)) {
      const blobs = await this.#documents.blobs();
      await deletePayload(blobs, PayloadKind.results, parseReference(payload));
    }
  }

  /** Revokes the tasks. @throws OperationalError */
  async revoke(ids: readonly string[], options: RevokeOptions): Promise<void> {
    await this.#options.revoke(ids, options);
  }

  /** @throws RuntimeError when called inside a task. @see celery.result.assert_will_not_block */
  assertWillNotBlock(id: string): void {
    if (!this.#options.insideTask()) return;
    throw new RuntimeError(
      `Never call result.get() within a task! Waiting there for task ${id} holds the worker, and can hold it for ever. ` +
        'Link what follows (link, a chain), or pass { disableSyncSubtasks: false } if you know that it ends.',
    );
  }

  async #finalLook(id: string): Promise<Snapshot | undefined> {
    this.#options.assertOpen?.();
    const stored = await this.#looks.read(id);
    // What is not final is not decoded, let alone fetched from elsewhere.
    if (stored === undefined || (stored.own && !isFinal(stored.own.status))) return undefined;
    const snapshot = await readSnapshot(stored, this.#documents);
    return snapshot.final ? snapshot : undefined;
  }
}

function timeoutError(
  asked: number,
  unfinished: ReadonlySet<string>,
  seconds: number,
): TimeoutError {
  const [id] = unfinished;
  return new TimeoutError(
    asked === 1
      ? `Task ${id} did not end within ${seconds} seconds; it goes on`
      : `${unfinished.size} of ${asked} tasks did not end within ${seconds} seconds, ${id} among them; they go on`,
  );
}
