import { readFileSync } from 'node:fs';
import type { CanvasPlan, NextId } from '../../lib/canvas/index.ts';
import type { WireSignature } from '../../lib/protocol/index.ts';

/** Ids that tell where they come from: `id-0`, `id-1` ... */
export function countedIds(): NextId {
  let drawn = 0;
  return () => `id-${drawn++}`;
}

/** A signature as the wire has it. */
export function aTask(task: string, parts: Partial<WireSignature> = {}): WireSignature {
  return {
    task,
    args: [],
    kwargs: {},
    options: {},
    subtask_type: null,
    immutable: false,
    ...parts,
  };
}

/** A chain or a group of these. */
export function aCanvas(
  type: 'chain' | 'group',
  tasks: readonly WireSignature[],
  options: WireSignature['options'] = {},
): WireSignature {
  return aTask(`celery.${type}`, { kwargs: { tasks }, options, subtask_type: type });
}

/** A chord of these. */
export function aChord(
  header: readonly WireSignature[],
  body: WireSignature,
  options: WireSignature['options'] = {},
): WireSignature {
  const kwargs = { kwargs: {}, header, body };
  return aTask('celery.chord', { kwargs, options, subtask_type: 'chord' });
}

/** The rest of the chain that a message carries, the next step last. */
export function restOf(message: WireSignature | undefined): readonly WireSignature[] {
  return (message?.options.chain ?? []) as readonly WireSignature[];
}

/** What of a message canvas decides. */
export interface Sent {
  readonly task: unknown;
  readonly id: unknown;
  readonly root: unknown;
  readonly parent: unknown;
  readonly group: unknown;
  readonly groupIndex: unknown;
  readonly nesting: unknown;
  readonly stamps: unknown;
  readonly body: readonly unknown[];
}

interface Captured {
  /** As it came to SQS. */
  readonly sqs: { readonly Body: string };
  readonly decoded: Message;
}

interface Vector extends Partial<Captured> {
  readonly messages?: readonly Captured[];
  readonly dynamodb_calls?: readonly Call[];
  readonly calls?: readonly Call[];
}

interface Message {
  readonly envelope: { readonly headers: Readonly<Record<string, unknown>> };
  readonly body: readonly unknown[];
}

interface Call {
  readonly document?: { readonly result?: unknown; readonly status?: string } | null;
}

const folder = new URL('../fixtures/vectors/', import.meta.url);

/** The messages that Python Celery sent, in order, and the groups that it saved; undefined: nobody wrote them down. */
export function readVector(name: string): {
  readonly messages: readonly Sent[];
  readonly groups: readonly unknown[] | undefined;
} {
  const vector = readJson(name);
  const messages = captured(vector).map(({ decoded }) => decoded);
  const calls = vector.dynamodb_calls ?? vector.calls;
  return {
    messages: messages.map(sentByPython),
    groups: calls?.flatMap(({ document }) =>
      document?.result && document.status === undefined ? [document.result] : [],
    ),
  };
}

/** Bytes of the first messages of a vector, as they came to SQS. */
export function vectorBytes(name: string, count: number): number {
  const messages = captured(readJson(name)).slice(0, count);
  return messages.reduce((sum, { sqs }) => sum + Buffer.byteLength(sqs.Body), 0);
}

function readJson(name: string): Vector {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Vector;
}

function captured({ messages, ...only }: Vector): readonly Captured[] {
  return messages ?? [only as Captured];
}

function sentByPython({ envelope: { headers }, body }: Message): Sent {
  return {
    task: headers.task,
    id: headers.id,
    root: headers.root_id,
    parent: headers.parent_id,
    group: headers.group,
    groupIndex: headers.group_index,
    nesting: headers.replaced_task_nesting,
    stamps: headers.stamps,
    body,
  };
}

/** The messages of a plan, as Python would send them. */
export function sentBy({ messages }: CanvasPlan): readonly Sent[] {
  return messages.map(({ task, args, kwargs, options }) => {
    const names = (options.stamped_headers as readonly string[] | undefined) ?? [];
    return {
      task,
      id: options.task_id,
      root: options.root_id ?? options.task_id,
      parent: options.parent_id ?? null,
      group: options.group_id ?? null,
      groupIndex: options.group_index ?? null,
      nesting: options.replaced_task_nesting ?? 0,
      stamps: Object.fromEntries(names.map((name) => [name, options[name]])),
      body: [
        args,
        kwargs,
        {
          callbacks: options.link ?? null,
          errbacks: options.link_error ?? null,
          chain: options.chain ?? null,
          chord: options.chord ?? null,
        },
      ],
    };
  });
}

/** The groups that a plan has saved. */
export function groupsOf({ chords }: CanvasPlan): readonly unknown[] {
  return chords.map(({ groupId, members }) => [[groupId, null], members]);
}

const anyId = /"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|id-\d+)"/g;

/**
 * The same with ids numbered as they appear, so that equal means: alike, with the same ids in the same places. Whose
 * thread a reply would go to, and the order of stamps' names, say nothing.
 */
export function withNumberedIds(value: unknown): unknown {
  const numbers = new Map<string, string>();
  const text = JSON.stringify(inOrder(value)).replace(anyId, (id) => {
    const number = numbers.get(id) ?? `"#${numbers.size}"`;
    numbers.set(id, number);
    return number;
  });
  return JSON.parse(text);
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, entryInOrder(key, item)]));
}

function entryInOrder(key: string, value: unknown): unknown {
  if (key === 'reply_to') return 'somebody';
  if (key === 'stamped_headers' && Array.isArray(value)) return value.toSorted();
  return inOrder(value);
}
