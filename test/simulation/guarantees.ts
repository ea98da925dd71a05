import { SoftTimeLimitExceeded } from '../../lib/index.ts';
import type { Delivery, LeaseRecord } from '../../lib/ports/index.ts';
import { isFinal } from '../../lib/protocol/index.ts';
import { maxRetries } from './behaviours.ts';
import type { History } from './history.ts';
import { idsIn, lifeKey, type Process } from './process.ts';
import { RateWindows } from './rate-windows.ts';
import type { Work } from './scenario.ts';
import { TaskRecord } from './task-record.ts';

/** How old the read may be that a start rests on: three slow requests. */
export const readMayBeOldMs = 6_000;
/** Termination is asked for every five seconds, of runs that are five seconds old; then the request takes its time. */
const terminationTakesMs = 13_000;

/** Requests by which a process says that a start was heard of. */
const takesBack: ReadonlySet<string> = new Set(['startMarks.unmark', 'results.changeLease']);

/** One start of a handler. */
export interface Start {
  readonly id: string;
  readonly attempt: number;
  /** The attempt that its arguments are of. */
  readonly argument: number;
  readonly process: Process;
  /** Aborts when the run is over although the handler is not. */
  readonly signal: AbortSignal;
  readonly at: number;
}

/** A state as it was stored. */
export interface Stored {
  readonly status: string;
  readonly attempt: number;
  readonly generation: number;
  readonly dead: number | undefined;
  readonly byPython: boolean;
  /** When the item expires, in milliseconds since the epoch. */
  readonly until: number;
  /** The document's text. */
  readonly text: string;
  readonly at: number;
}

/** A state that is stored, and the lease it meets. */
export interface Fence {
  /** Who holds a lease by its own account; undefined: who starts, or judges. */
  readonly by: string | undefined;
  readonly before: LeaseRecord | undefined;
  readonly at: number;
}

/** Checks the guarantees of docs/architecture.md at every start and every stored state. */
export class Guarantees {
  readonly rates: RateWindows;
  readonly #records: ReadonlyMap<string, TaskRecord>;
  readonly #history: History;
  readonly #maxAttempts: number;
  /** How often each life was started. */
  readonly #lives = new Map<string, number>();
  /** Who marked starts, by life and the mark's owner. */
  readonly #markers = new Map<string, Map<string, Process>>();

  constructor(work: readonly Work[], history: History, maxAttempts: number) {
    this.#records = new Map(work.map((one) => [one.id, new TaskRecord(one)]));
    this.#history = history;
    this.#maxAttempts = maxAttempts;
    this.rates = new RateWindows((what) => history.fail(what));
  }

  get records(): readonly TaskRecord[] {
    return [...this.#records.values()];
  }

  /** @throws Error for a task that is not of this run */
  of(id: string): TaskRecord {
    const record = this.#records.get(id);
    if (!record) throw new Error(`No task ${id} in this run`);
    return record;
  }

  /** Something hit a delivery, or the caller, of these tasks; `copy`: a message merely came twice. */
  disturb(ids: Iterable<string>, how: 'hit' | 'copy' = 'hit'): void {
    for (const id of ids) {
      const record = this.#records.get(id);
      if (!record) continue;
      record.disturbed = true;
      if (how === 'hit') record.hit = true;
    }
  }

  started(start: Start): void {
    const { id, attempt, argument, process, at } = start;
    const record = this.of(id);
    this.#history.note(`start ${id} attempt ${attempt} in ${process.name}`);
    record.starts.set(attempt, (record.starts.get(attempt) ?? 0) + 1);
    process.started.add(lifeOf(start));
    if (argument !== attempt)
      this.#fail(`${id}: attempt ${attempt} runs with the arguments of attempt ${argument}`);
    if (attempt > maxRetries) this.#fail(`${id}: attempt ${attempt} is one retry too many`);
    this.#checkNotOver(record, start);
    this.#checkNotEndedUntold(record, start);
    const readAt = at - readMayBeOldMs - process.stoodStillMs;
    if (record.revokedAt !== undefined && record.revokedAt < readAt)
      this.#fail(`${id} starts although it was revoked`);
    const { expires } = record.work;
    if (expires !== undefined && record.sentAt !== undefined) {
      if (record.sentAt + expires * 1000 < readAt) this.#fail(`${id} starts although it expired`);
    }
    const eta = (record.sentAt ?? at) + record.work.countdown * 1000;
    if (at < eta - 1000) this.#fail(`${id} starts ${eta - at} ms before its time`);
    if (record.work.task === 'limited') this.rates.started(start);
    if (record.leased) this.#checkAlone(record, start);
    if (record.work.task === 'atMostOnce') this.#checkAtMostOnce(record, start);
  }

  /** Leases never overlap. A handler that goes on after its worker has left it does nothing any more. */
  #checkAlone({ running }: TaskRecord, { id, process, signal, at }: Start): void {
    for (const [other, { aborted, reason }] of running) {
      const isLeft = aborted && !(reason instanceof SoftTimeLimitExceeded);
      if (other.dead || other.deadline <= at || isLeft) running.delete(other);
    }
    for (const other of running.keys()) this.#fail(`${id} starts while it runs in ${other.name}`);
    running.set(process, signal);
  }

  #checkAtMostOnce({ outcome }: TaskRecord, { id, attempt, process }: Start): void {
    const life = lifeOf({ id, attempt, process });
    const starts = (this.#lives.get(life) ?? 0) + 1;
    this.#lives.set(life, starts);
    if (starts > (outcome.starts ?? 1)) this.#fail(`${life} starts ${starts} times`);
  }

  #checkNotOver(record: TaskRecord, { id, attempt, process, at }: Start): void {
    const generations = process.generationsOf(id);
    const { latest } = record;
    const final = record.finalAt(at);
    const reopened = final?.dead !== undefined && generations.has(final.dead);
    const readMs = readMayBeOldMs + process.stoodStillMs;
    // A lease is taken on condition that there is no end.
    const mayBeOldMs = record.leased ? 0 : readMs;
    if (final && !reopened && at - final.at > mayBeOldMs)
      this.#fail(`${id} starts although it ended as ${final.status}`);
    if (!latest || at - latest.at <= readMs) return;
    if (Math.max(...generations) < latest.generation)
      this.#fail(`${id}: an old letter starts after one of generation ${latest.generation}`);
    else if (latest.attempt > attempt && !generations.has(latest.generation + 1) && !reopened)
      this.#fail(`${id}: attempt ${attempt} starts after ${latest.attempt} was stored`);
  }

  /** A suspect asks its marks before it starts, and they tell of an end that no result tells of. */
  #checkNotEndedUntold({ endedUntold }: TaskRecord, start: Start): void {
    const { id, process, at } = start;
    const endedAt = endedUntold.get(lifeOf(start));
    if (endedAt === undefined || !process.hasReceivedAgain(id)) return;
    if (at - endedAt > readMayBeOldMs + process.stoodStillMs)
      this.#fail(`${id} starts again after a marked start that ended without a result`);
  }

  /** These deliveries need not come again: what their process started of them is over. */
  settled(process: Process, deliveries: readonly Delivery[]): void {
    const open = process.deliveries.filter((one) => !deliveries.includes(one));
    const openIds = new Set(open.flatMap(({ body }) => idsIn(body)));
    const lives = [...process.suspected].filter((life) => process.started.has(life));
    for (const id of process.ids) {
      const record = this.#records.get(id);
      if (!record || record.keepsResult || openIds.has(id)) continue;
      const own = lives.filter((life) => life.startsWith(`${id} `));
      for (const life of own) record.endedUntold.set(life, process.now());
    }
  }

  /** A run came to its own end, in time to be heard or not. */
  ended(id: string, process: Process, at: number, aborted: boolean): void {
    const record = this.of(id);
    record.running.delete(process);
    const { terminatedAt } = record;
    const unread = process.faults.some(({ request }) => request === 'revocations.terminated');
    if (terminatedAt === undefined || aborted || unread) return;
    if (at - terminatedAt > terminationTakesMs + process.stoodStillMs)
      this.#fail(`${id} runs on although it was terminated`);
  }

  stored(id: string, state: Stored): void {
    const { status, attempt, generation, dead, byPython, until, text, at } = state;
    const record = this.of(id);
    this.#history.note(
      `store ${id} ${status} attempt ${attempt}${dead === undefined ? '' : ` dead ${dead}`}${byPython ? ' by Python' : ''}`,
    );
    const { latest } = record;
    const final = record.finalAt(at);
    const reopened = final?.dead !== undefined && final.dead === generation;
    if (final && !reopened && !byPython)
      this.#fail(`${id}: ${final.status} was replaced by ${status}`);
    const later =
      !latest ||
      generation > latest.generation ||
      (generation === latest.generation && attempt > latest.attempt);
    if (later && !byPython) record.latest = { attempt, generation, at };
    if (byPython) record.overwritten(at);
    if (!isFinal(status)) return;
    const condemned = text.includes('WorkerLostError');
    record.finals.push({ status, at, dead, byPython, until, condemned });
    if (condemned) this.#checkCondemned(lifeKey(id, attempt, generation), id);
  }

  /** A final state, a retry, or the owner's word ended what was marked. */
  unmarked(life: string, process: Process): void {
    process.marked.delete(life);
  }

  /** Nobody is condemned with fewer lost starts than are allowed. */
  #checkCondemned(life: string, id: string): void {
    const { task } = this.of(id).work;
    const allowed = task === 'atMostOnce' ? 1 : this.#maxAttempts;
    const lost = [...(this.#markers.get(life)?.values() ?? [])].filter(
      (process) =>
        process.marked.has(life) &&
        (process.dead ||
          process.overran.has(life) ||
          process.stoodStillMs > 0 ||
          process.faults.some(({ request }) => takesBack.has(request) || task === 'atMostOnce')),
    );
    if (lost.length < allowed)
      this.#fail(`${id} was condemned after ${lost.length} starts that were not heard of`);
  }

  /** What a run stores is stored under its own lease, and everything else under none that lives. */
  fenced(id: string, { by, before, at }: Fence): void {
    const mayPass = by === undefined ? !before || before.until <= at : before?.owner === by;
    if (!mayPass)
      this.#fail(`${id}: ${nameOf(by)} stored a state under the lease of ${nameOf(before?.owner)}`);
  }

  /** One process may mark several starts of one life, each by a lease of its own. */
  marked(life: string, process: Process, owner: string = process.name): void {
    process.marked.add(life);
    const markers = this.#markers.get(life) ?? new Map<string, Process>();
    this.#markers.set(life, markers.set(owner, process));
  }

  #fail(what: string): void {
    this.#history.fail(what);
  }
}

/** An owner's process: what follows it tells deliveries apart. */
function nameOf(owner: string | undefined): string {
  return owner?.split('/')[0] ?? 'nobody';
}

/** The attempt that starts, in the life that its process received it in. */
function lifeOf({ id, attempt, process }: Pick<Start, 'id' | 'attempt' | 'process'>): string {
  return lifeKey(id, attempt, Math.max(...process.generationsOf(id)));
}
