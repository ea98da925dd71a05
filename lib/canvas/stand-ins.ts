import type { NativeRecord } from '../ports/index.ts';
import {
  encodeChordStandIn,
  leafIds,
  type StandInOptions,
  type WireSignature,
} from '../protocol/index.ts';
import { listOf } from './draft.ts';
import type { PlannedChord } from './plan.ts';

/** A chord whose body is stored, and what stands for it in the message of each part. */
export class StoredChord {
  readonly body: WireSignature;
  readonly #chord: PlannedChord;
  readonly #ends: number;
  readonly #until: number;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #options: StandInOptions;

  /** @param ends When its record ends, in Unix seconds. */
  constructor(chord: PlannedChord, ends: number) {
    const { members, body, latestEta } = chord;
    const [last = body] = listOf(body.options.chain);
    this.body = body;
    this.#chord = chord;
    this.#ends = ends;
    this.#until = Math.ceil((latestEta?.getTime() ?? 0) / 1000);
    this.#numbers = new Map(leafIds(members).map((id, number) => [id, number]));
    this.#options = { task_id: standInOptions(last).task_id };
  }

  /** @param body The chord's, after its own place in another chord was given to a stand-in. */
  record(body: WireSignature): NativeRecord {
    const { groupId, members } = this.#chord;
    return { kind: 'chord', groupId, members, body, expiresAt: this.#ends };
  }

  /** undefined: no task of this id is a part. */
  standIn(taskId: unknown): WireSignature | undefined {
    const number = this.#numbers.get(String(taskId));
    if (number === undefined) return undefined;
    const place = { number, size: this.#numbers.size, ends: this.#ends };
    return encodeChordStandIn(place, this.#until, this.#options);
  }
}

/** Puts stand-ins where signatures name the body of a chord that is stored. */
export class StandIns {
  readonly #chords: ReadonlyMap<unknown, StoredChord>;

  constructor(chords: readonly StoredChord[]) {
    this.#chords = new Map(chords.map((chord) => [chord.body, chord]));
  }

  /** A copy with them in it, in any depth; the signature itself where nothing is stored. */
  into(signature: WireSignature): WireSignature {
    return this.#chords.size === 0 ? signature : this.#into(signature);
  }

  #into(signature: WireSignature): WireSignature {
    const options = this.#options(signature);
    const { kwargs } = signature;
    switch (signature.subtask_type) {
      case 'chain':
      case 'group':
        return { ...signature, options, kwargs: { ...kwargs, tasks: this.#all(kwargs.tasks) } };
      case 'chord': {
        const body = this.#into(kwargs.body as WireSignature);
        return {
          ...signature,
          options,
          kwargs: { ...kwargs, header: this.#header(kwargs.header), body },
        };
      }
      default:
        return { ...signature, options };
    }
  }

  /** What holds tasks leaves its place in a chord to them, who have it too: each has a number of its own. */
  #options({ options, subtask_type }: WireSignature): Record<string, unknown> {
    const { chord, chain, ...more } = options;
    const stored = this.#chords.get(chord);
    const place = subtask_type === null ? stored?.standIn(options.task_id) : undefined;
    return {
      ...more,
      ...(chain !== undefined && { chain: this.#all(listOf(chain)) }),
      ...(chord !== undefined && !stored && { chord }),
      ...(place && { chord: place }),
    };
  }

  #header(header: unknown): unknown {
    return Array.isArray(header) ? this.#all(header) : this.#into(header as WireSignature);
  }

  #all(signatures: unknown): WireSignature[] {
    return (signatures as readonly WireSignature[]).map((one) => this.#into(one));
  }
}

/** Of the task that a signature's callers wait for: its id, and the chord that it is a part of. */
export function standInOptions(signature: WireSignature): StandInOptions {
  const { task_id, chord, group_id } = lastTask(signature).options;
  return {
    task_id: String(task_id),
    ...(chord !== undefined && chord !== null && { chord, group_id }),
  };
}

/** Of a group its first: whoever waits for a group begins with that. */
function lastTask(signature: WireSignature): WireSignature {
  const { subtask_type, kwargs } = signature;
  if (subtask_type === 'chord') return lastTask(kwargs.body as WireSignature);
  if (subtask_type === null) return signature;
  const tasks = kwargs.tasks as readonly WireSignature[];
  const task = subtask_type === 'group' ? tasks[0] : tasks.at(-1);
  return task ? lastTask(task) : signature;
}
