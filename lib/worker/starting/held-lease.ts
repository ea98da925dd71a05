import type { Lease, LeaseRecord, LeaseWrite, StoredResult } from '../../ports/index.ts';
import { TaskState } from '../../protocol/index.ts';
import type { Runnable } from '../incoming.ts';
import { stateDocument } from '../state-document.ts';
import { storeState } from '../store-state.ts';
import type { Invocation, WorkerRuntime } from '../worker-runtime.ts';
import { extendedLeaseMs, leaseExpiry, leaseMarginMs, newLease } from './lease.ts';

/** Extensions in a lease's length: two may fail. */
const extensions = 3;

/** What a `HeldLease` is made of. */
export interface HeldLeaseOptions {
  readonly runtime: WorkerRuntime;
  readonly runnable: Runnable;
  readonly invocation: Invocation;
  /** Starts of this attempt on record before. */
  readonly starts: number;
}

/**
 * One start's lease, from its taking on. Everything the start stores goes through it, so that a start whose lease
 * another has taken over stores nothing.
 */
export class HeldLease {
  readonly #runtime: WorkerRuntime;
  readonly #runnable: Runnable;
  readonly #invocation: Invocation;
  #lease: Lease;

  constructor({ runtime, runnable, invocation, starts }: HeldLeaseOptions) {
    this.#runtime = runtime;
    this.#runnable = runnable;
    this.#invocation = invocation;
    this.#lease = newLease(invocation, runnable, { epoch: starts + 1, now: runtime.clock.now() });
  }

  /**
   * Stores STARTED with the lease, over the item that was read. Answers undefined when it is ours, else what stood in
   * the way.
   *
   * @throws OperationalError when it is not known whether it is ours
   */
  async take(seen: StoredResult | undefined): Promise<StoredResult | undefined> {
    const { hostname } = this.#runtime;
    const state = stateDocument(this.#runtime, this.#runnable, {
      status: TaskState.STARTED,
      result: { pid: process.pid, hostname },
    });
    const lease = this.#lease;
    const seenEpoch = seen?.own?.lease?.epoch;
    return await storeState(this.#runtime, this.#runnable, {
      ...state,
      seen,
      lease: { kind: 'take', lease, seenEpoch },
    });
  }

  /** The taking took so long that the lease is over, or will be before it can be extended: another may have it. */
  get isTooOld(): boolean {
    const extendedInMs = Number.isFinite(this.#invocation.deadline)
      ? 0
      : extendedLeaseMs / extensions;
    return this.#runtime.clock.now() + extendedInMs >= this.#lease.until - leaseMarginMs;
  }

  /** For a state in between: the lease lasts. */
  keep(): LeaseWrite {
    return { kind: 'keep', lease: this.#lease };
  }

  /** For the state that ends the start, and the lease with it. */
  drop(): LeaseWrite {
    return { kind: 'drop', owner: this.#lease.owner };
  }

  /** The start is over and was heard of: the next may come at once, and this one is not counted. */
  async release(): Promise<void> {
    await this.#change({ owner: undefined, epoch: this.#lease.epoch - 1, until: 0, ended: false });
  }

  /** The start is not counted, but its handler may still be at work: the lease lasts. */
  async discount(): Promise<void> {
    await this.#change({ ...this.#lease, epoch: this.#lease.epoch - 1, ended: false });
  }

  /** The start ended and no state tells so: nobody is to start this attempt again. */
  async end(): Promise<void> {
    await this.#change({ owner: undefined, epoch: this.#lease.epoch, until: 0, ended: true });
  }

  /**
   * Extends the lease until the answered function is called, where the invocation has no deadline that it ends with.
   * Calls `lost`, once or more, when another has it, or may have it because it could not be extended in time.
   */
  watch(lost: () => void): () => void {
    if (Number.isFinite(this.#invocation.deadline)) return () => {};
    const { clock } = this.#runtime;
    let watching = true;
    const isOver = () => !watching;
    const beat = () => {
      if (clock.now() >= this.#lease.until - leaseMarginMs) return lost();
      cancel = clock.setTimer(extendedLeaseMs / extensions, beat);
      void this.#extend(lost, isOver);
    };
    let cancel = clock.setTimer(extendedLeaseMs / extensions, beat);
    return () => {
      watching = false;
      cancel();
    };
  }

  /** Never rejects: the next beat tries again, while there is time. */
  async #extend(lost: () => void, isOver: () => boolean): Promise<void> {
    const { clock, logger } = this.#runtime;
    try {
      const until = clock.now() + extendedLeaseMs + leaseMarginMs;
      const held = await this.#extendTo({ ...this.#lease, until }, isOver);
      if (held) this.#lease = { ...this.#lease, until };
      else lost();
    } catch (error) {
      logger.warn('The lease of a running task could not be extended', {
        id: this.#runnable.id,
        error,
      });
    }
  }

  /** An item that was forgotten, or overwritten by Python, was taken by none of ours: it is taken again. */
  async #extendTo(lease: Lease, isOver: () => boolean): Promise<boolean> {
    const { resultExpires } = this.#runtime.app.conf;
    const expiresAt =
      resultExpires === null ? undefined : leaseExpiry({ kind: 'keep', lease }, resultExpires);
    const outcome = await this.#runtime.adapters.results.changeLease({
      taskId: this.#runnable.id,
      owner: lease.owner,
      to: { ...lease, ended: false },
      expiresAt,
    });
    if (outcome.changed) return true;
    const { current } = outcome;
    if (current?.own || isOver()) return false;
    this.#lease = lease;
    return (await this.take(current)) === undefined;
  }

  /** Refused where another has the lease, or the state that was stored last has ended it: then there is nothing to do. */
  async #change(to: LeaseRecord): Promise<void> {
    await this.#runtime.adapters.results.changeLease({
      taskId: this.#runnable.id,
      owner: this.#lease.owner,
      to,
      expiresAt: undefined,
    });
  }
}
