import { TimeoutError } from '../errors.ts';
import { deletePayload, parseReference } from '../payloads/index.ts';
import type { BlobStore, Clock, ResultBackend } from '../ports/index.ts';
import { isFinal, PayloadKind, RuntimeError } from '../protocol/index.ts';
import { abortable } from './abortable.ts';
import { AsyncResult } from './async-result.ts';
import { ReadBatch } from './read-batch.ts';
import { SharedPause } from './shared-pause.ts';
import { type DocumentReader, readSnapshot, type Snapshot } from './snapshot.ts';

/** How `get` waits. */
export interface GetOptions {
  /** Seconds until `TimeoutError`; 0: one look; Infinity: no limit. @default no limit */
  readonly timeout?: number;
  /** Reject with the task's error; false resolves with it. @default true */
  readonly propagate?: boolean;
  /** Seconds between two looks. @default 0.05, then longer each time, up to 2 */
  readonly interval?: number;
  /** Waiting inside a task is refused; false allows it. @default true */
  readonly disableSyncSubtasks?: boolean;
  /** Ends the waiting, not the task. */
  readonly signal?: AbortSignal;
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
  readonly revoke: (taskId: string, options: RevokeOptions) => Promise<void>;
}

/** The state of a task, and all of its snapshot where that is at hand. */
export interface Glance {
  readonly status: string;
  readonly snapshot?: Snapshot;
}

const firstPauseMs = 50;
const longestPauseMs = 2000;
const backOffFactor = 1.5;

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
  asyncResult<T>(id: string, options: { readonly ignored?: boolean } = {}): AsyncResult<T> {
    return new AsyncResult<T>(id, this, options);
  }

  /** What is stored now; undefined: nothing, the task is pending or unknown. @throws OperationalError, DecodeError, PayloadError */
  async read(id: string): Promise<Snapshot | undefined> {
    const stored = await this.#reads.read(id);
    return stored && (await readSnapshot(stored, this.#documents));
  }

  /** What is stored now, but for a document that lies elsewhere just its state. Throws as `read`. */
  async glance(id: string): Promise<Glance | undefined> {
    const stored = await this.#reads.read(id);
    if (stored?.own?.payload !== undefined) return { status: stored.own.status };
    const snapshot = stored && (await readSnapshot(stored, this.#documents));
    return snapshot && { status: snapshot.document.status, snapshot };
  }

  /**
   * The final state, once there is one.
   *
   * @throws TimeoutError, OperationalError, DecodeError, the signal's reason; RangeError for a time that is none
   */
  async wait(id: string, options: GetOptions): Promise<Snapshot> {
    checkSeconds('timeout', options.timeout, Number.POSITIVE_INFINITY);
    checkSeconds('interval', options.interval, Number.MAX_SAFE_INTEGER);
    if (options.timeout === 0) return (await this.#finalLook(id)) ?? timedOut(id, 0);
    const stop = new AbortController();
    const forward = () => stop.abort(options.signal?.reason);
    if (options.signal?.aborted) forward();
    options.signal?.addEventListener('abort', forward, { once: true });
    const cancel = this.#startTimeout(id, options.timeout, stop);
    try {
      return await this.#poll(id, options.interval, stop.signal);
    } finally {
      cancel();
      options.signal?.removeEventListener('abort', forward);
    }
  }

  /**
   * Deletes the stored result, then its document where that lies elsewhere: one that a failure leaves there can be found
   * by nobody, and expires.
   *
   * @throws OperationalError; PayloadError for a document that lies where this process has no access
   */
  async forget(id: string): Promise<void> {
    const backend = await this.#options.backend();
    for (const payload of await backend.forget([id])) {
      const blobs = await this.#documents.blobs();
      await deletePayload(blobs, PayloadKind.results, parseReference(payload));
    }
  }

  /** Revokes the task. @throws OperationalError */
  async revoke(id: string, options: RevokeOptions): Promise<void> {
    await this.#options.revoke(id, options);
  }

  /** @throws RuntimeError when called inside a task. @see celery.result.assert_will_not_block */
  assertWillNotBlock(id: string): void {
    if (!this.#options.insideTask()) return;
    throw new RuntimeError(
      `Never call result.get() within a task! Waiting there for task ${id} holds the worker, and can hold it for ever. ` +
        'Link what follows (link, a chain), or pass { disableSyncSubtasks: false } if you know that it ends.',
    );
  }

  async #poll(id: string, interval: number | undefined, stop: AbortSignal): Promise<Snapshot> {
    let pauseMs = interval === undefined ? firstPauseMs : interval * 1000;
    for (;;) {
      const snapshot = await abortable(this.#finalLook(id), stop);
      if (snapshot) return snapshot;
      await this.#pauses.pause(pauseMs, stop);
      if (interval === undefined) pauseMs = Math.min(pauseMs * backOffFactor, longestPauseMs);
    }
  }

  async #finalLook(id: string): Promise<Snapshot | undefined> {
    const stored = await this.#looks.read(id);
    // What is not final is not decoded, let alone fetched from elsewhere.
    if (stored === undefined || (stored.own && !isFinal(stored.own.status))) return undefined;
    const snapshot = await readSnapshot(stored, this.#documents);
    return snapshot.final ? snapshot : undefined;
  }

  #startTimeout(id: string, seconds: number | undefined, stop: AbortController): () => void {
    if (seconds === undefined || seconds === Number.POSITIVE_INFINITY) return () => {};
    return this.#options.clock.setTimer(seconds * 1000, () => {
      stop.abort(timeoutError(id, seconds));
    });
  }
}

/** @throws RangeError unless it is a number from 0 to `most`, or not given */
function checkSeconds(option: string, seconds: number | undefined, most: number): void {
  if (seconds === undefined || (seconds >= 0 && seconds <= most)) return;
  throw new RangeError(`get() expects a number of seconds from 0 on as ${option}, got ${seconds}`);
}

function timedOut(id: string, seconds: number): never {
  throw timeoutError(id, seconds);
}

function timeoutError(id: string, seconds: number): TimeoutError {
  return new TimeoutError(`Task ${id} did not end within ${seconds} seconds; it goes on`);
}
