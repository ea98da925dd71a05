import type { NativeRecord } from '../../lib/ports/index.ts';
import { isFinal } from '../../lib/protocol/index.ts';
import type { Decoded } from './canvas-messages.ts';
import { readMayBeOldMs } from './guarantees.ts';
import type { History } from './history.ts';
import type { Process } from './process.ts';

/** A final state as it was stored. */
export interface CanvasEnd {
  readonly status: string;
  readonly at: number;
  readonly byPython: boolean;
}

/** What has been seen of one task, by its id. */
export interface CanvasRecord {
  readonly id: string;
  readonly label: string;
  /** By attempt. */
  readonly starts: Map<number, number>;
  /** Messages that were sent, by attempt. */
  readonly sends: Map<number, number>;
  /** Every message of it asks for a lease. */
  leased: boolean;
  readonly running: Set<Process>;
  readonly ends: CanvasEnd[];
  pythonRan: boolean;
}

/** One start of a handler. */
export interface CanvasStart {
  readonly id: string;
  readonly attempt: number;
  readonly process: Process;
  readonly byPython: boolean;
  readonly at: number;
}

/** What is seen of the tasks of a run, and the guarantees that hold at every moment. */
export class CanvasLedger {
  readonly records: Map<string, CanvasRecord> = new Map();
  /** A fault, a copy or a lost process touched a delivery of these. */
  readonly disturbed: Set<string> = new Set();
  /** Something other than a mere copy touched them. */
  readonly hit: Set<string> = new Set();
  /** Chords whose records we made. */
  readonly groups: Set<string> = new Set();
  /** Canvas that was stored for TypeScript workers alone. */
  readonly natives: NativeRecord[] = [];
  /** Parts that our workers counted, as group and task. */
  readonly counted: Set<string> = new Set();
  readonly #ids = new Map<string, Set<string>>();
  readonly #history: History;
  /** Nobody made copies of what a Python worker ran. */
  readonly #sure: boolean;

  constructor(history: History, sure: boolean) {
    this.#history = history;
    this.#sure = sure;
  }

  idsOf(label: string): readonly string[] {
    return [...(this.#ids.get(label) ?? [])];
  }

  recordsOf(label: string): readonly CanvasRecord[] {
    return this.idsOf(label).flatMap((id) => this.records.get(id) ?? []);
  }

  labelOf(id: string): string {
    return this.records.get(id)?.label ?? `?${id}`;
  }

  /** A task is spoken of under this id: it has one, however often it is planned. */
  met(label: string, id: string): CanvasRecord {
    const known = this.records.get(id);
    if (known) return known;
    const ids = this.#ids.get(label) ?? new Set();
    this.#ids.set(label, ids.add(id));
    if (ids.size > 1 && this.#sure) this.#history.fail(`${label} has two ids: ${[...ids]}`);
    const record: CanvasRecord = {
      ...{ id, label, leased: true, pythonRan: false },
      ...{ starts: new Map(), sends: new Map(), running: new Set(), ends: [] },
    };
    this.records.set(id, record);
    return record;
  }

  mentioned(signatures: Decoded['mentioned']): void {
    for (const [label, id] of signatures) this.met(label, id);
  }

  sent({ id, label, attempt, leased, mentioned }: Decoded): void {
    this.mentioned(mentioned);
    if (label === undefined) return;
    const record = this.met(label, id);
    if (!leased) record.leased = false;
    record.sends.set(attempt, (record.sends.get(attempt) ?? 0) + 1);
  }

  /** Something hit a delivery of these tasks; `copy`: a message merely came twice. */
  disturb(labels: Iterable<string>, how: 'hit' | 'copy' = 'hit'): void {
    for (const label of labels) {
      this.disturbed.add(label);
      if (how === 'hit') this.hit.add(label);
    }
  }

  started({ id, attempt, process, byPython, at }: CanvasStart): void {
    const record = this.#known(id);
    const { label, starts, running } = record;
    this.#history.note(`start ${label} attempt ${attempt} in ${process.name}`);
    starts.set(attempt, (starts.get(attempt) ?? 0) + 1);
    if (byPython) {
      record.pythonRan = true;
      return;
    }
    this.#checkNotOver(record, at);
    if (!record.leased || (record.pythonRan && !this.#sure)) return;
    for (const other of running) if (other.dead || other.deadline <= at) running.delete(other);
    for (const other of running)
      this.#history.fail(`${label} starts while it runs in ${other.name}`);
    running.add(process);
  }

  #known(id: string): CanvasRecord {
    if (!this.records.has(id)) this.#history.fail(`Nobody sent a task ${id}`);
    return this.met(this.labelOf(id), id);
  }

  #checkNotOver({ label, ends, leased, pythonRan }: CanvasRecord, at: number): void {
    const end = ends.at(-1);
    if (!end || (pythonRan && !this.#sure)) return;
    // A lease is taken on condition that there is no end.
    if (at - end.at > (leased ? 0 : readMayBeOldMs))
      this.#history.fail(`${label} starts although it ended as ${end.status}`);
  }

  ended(id: string, process: Process): void {
    this.records.get(id)?.running.delete(process);
  }

  stored(id: string, status: string, { byPython, at }: { byPython: boolean; at: number }): void {
    const record = this.#known(id);
    this.#history.note(`store ${record.label} ${status}${byPython ? ' by Python' : ''}`);
    const end = record.ends.at(-1);
    if (end && !byPython && !(end.byPython && !this.#sure))
      this.#history.fail(`${record.label}: ${end.status} was replaced by ${status}`);
    if (isFinal(status)) record.ends.push({ status, at, byPython });
  }
}
