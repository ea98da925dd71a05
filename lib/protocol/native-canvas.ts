import type { WireSignature } from './task-message.ts';

/**
 * The header by which a message says that only TypeScript workers run the canvas it belongs to: what follows it is sent
 * in that form, too; ours. Retries keep it, children that a handler sends do not have it.
 */
export const nativeHeader = 'native_canvas';

/**
 * The task that a stand-in names. Nobody has it: a worker that takes the stand-in for a signature, as Python's do, fails
 * the id that the workflow's caller waits for.
 */
export const standInTask = 'celery_aws.native_canvas';

/** What stands in a part's message for the body of its chord, which is stored under the id of the header's group. */
export interface ChordStandIn {
  /** Of the part, among those of the chord: 0 to size - 1. */
  readonly number: number;
  /** How many parts the chord has. */
  readonly size: number;
  /** When the chord's records end, as its producer knew, in Unix seconds. */
  readonly ends: number;
}

/** What stands in a message for the rest of its chain: the first `left` of the stored steps, which are reversed. */
export interface RestStandIn {
  /** What the steps are stored under. */
  readonly id: string;
  readonly left: number;
  /** When the record ends, as the sender knew, in Unix seconds. */
  readonly ends: number;
}

/** Options of what a stand-in stands for, as those look for them who fail it. */
export type StandInOptions = Readonly<{ task_id: string; chord?: unknown; group_id?: unknown }>;

/** @param until When the last part starts whose start is known, in Unix seconds; 0: at once. */
export function encodeChordStandIn(
  { number, size, ends }: ChordStandIn,
  until: number,
  options: StandInOptions,
): WireSignature {
  const chord = { chord_size: size, ...(until > 0 && { until }) };
  return { ...standIn(options, { part: number, ends }), ...chord };
}

/** The reverse of {@link decodeRestStandIn}. */
export function encodeRestStandIn(
  { id, left, ends }: RestStandIn,
  options: StandInOptions,
): WireSignature {
  return standIn(options, { rest: id, left, ends });
}

/** undefined: it is a signature like any other. */
export function decodeChordStandIn({
  task,
  stored,
  chord_size,
}: WireSignature): ChordStandIn | undefined {
  if (task !== standInTask) return undefined;
  const { part, ends } = (stored ?? {}) as Readonly<Record<string, unknown>>;
  if (!isCount(part) || !isCount(chord_size) || part >= chord_size) return undefined;
  return { number: part, size: chord_size, ends: isCount(ends) ? ends : 0 };
}

/** undefined: it is a signature like any other. */
export function decodeRestStandIn({ task, stored }: WireSignature): RestStandIn | undefined {
  if (task !== standInTask) return undefined;
  const { rest, left, ends } = (stored ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof rest !== 'string' || !isCount(left) || left === 0) return undefined;
  return { id: rest, left, ends: isCount(ends) ? ends : 0 };
}

function standIn(
  options: StandInOptions,
  stored: Readonly<Record<string, unknown>>,
): WireSignature {
  return {
    task: standInTask,
    args: [],
    kwargs: {},
    options,
    subtask_type: null,
    immutable: true,
    stored,
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
