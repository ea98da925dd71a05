import type {
  NativeCanvas,
  NativeChord,
  NativePart,
  NativeRecord,
  StepRange,
} from '../ports/index.ts';
import {
  decodeChordDocument,
  decodeSteps,
  encodeChordDocument,
  encodeSteps,
  type WireSignature,
} from '../protocol/index.ts';
import type { ExpiringMap } from './expiring-map.ts';

/** Stored canvas as it lies in the engine: documents by id, and the numbers of ended parts by the group's id. */
export interface NativeRecords {
  readonly chords: ExpiringMap<string>;
  readonly steps: ExpiringMap<string>;
  readonly parts: ExpiringMap<Set<number>>;
}

/** Canvas of TypeScript workers alone, in the in-process engine. */
export class MemoryNativeCanvas implements NativeCanvas {
  readonly #records: NativeRecords;

  /** Several may share `records`, as several processes share a table. */
  constructor(records: NativeRecords) {
    this.#records = records;
  }

  async begin(records: readonly NativeRecord[]): Promise<void> {
    const { chords, steps } = this.#records;
    for (const record of records) {
      if (record.kind === 'chord') {
        chords.set(record.groupId, encodeChordDocument(record), record.expiresAt);
      } else {
        steps.set(record.id, encodeSteps(record.steps), record.expiresAt);
      }
    }
  }

  async addPart({ groupId, number, size, expiresAt }: NativePart): Promise<boolean> {
    const { parts } = this.#records;
    const ended = parts.get(groupId) ?? new Set();
    if (ended.size === 0) parts.set(groupId, ended, expiresAt);
    else parts.prolong(groupId, expiresAt);
    return ended.add(number).size === size;
  }

  async readChord(groupId: string): Promise<NativeChord | undefined> {
    const text = this.#records.chords.get(groupId);
    return text === undefined ? undefined : { groupId, ...decodeChordDocument(text) };
  }

  async readSteps({ id, from, to }: StepRange): Promise<readonly WireSignature[] | undefined> {
    const text = this.#records.steps.get(id);
    const steps = text === undefined ? [] : decodeSteps(text);
    return to <= steps.length ? steps.slice(from, to) : undefined;
  }

  async prolongChord({ groupId }: { groupId: string }, expiresAt: number): Promise<void> {
    this.#records.chords.prolong(groupId, expiresAt);
    this.#records.parts.prolong(groupId, expiresAt);
  }

  async prolongSteps({ id }: { id: string }, expiresAt: number): Promise<void> {
    this.#records.steps.prolong(id, expiresAt);
  }
}
