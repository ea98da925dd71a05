import type { CanvasFields } from '../producer/index.ts';
import { PlainDate, parseIsoDate, type WireSignature } from '../protocol/index.ts';
import { type CallOptions, callOptionForms } from './call-options.ts';
import type { TaskCall } from './signature.ts';

/** A call that is part of a canvas, its id settled. */
export interface CanvasCall extends TaskCall {
  readonly canvas: CanvasFields;
}

const callOptionOfWire: ReadonlyMap<string, string> = new Map([
  ...Object.keys(callOptionForms).map((name): [string, string] => [snakeCase(name), name]),
  ['MessageGroupId', 'messageGroupId'],
  ['MessageDeduplicationId', 'messageDeduplicationId'],
]);

const canvasOptions: ReadonlySet<string> = new Set([
  ...['link', 'link_error', 'chain', 'chord', 'group_id', 'group_index', 'group'],
  ...['stamped_headers', 'replaced_task_nesting', 'add_to_parent'],
]);

/** Kombu's and Celery's ways of sending, which are not the message's: they mean nothing to another sender. */
const sendersOwn: ReadonlySet<string> = new Set([
  ...['producer', 'connection', 'router', 'publisher', 'retry', 'retry_policy', 'delivery_mode'],
  ...['result_cls', 'task_type', 'exchange_type', 'immutable', 'subtask_type', 'mandatory'],
]);

/**
 * A planned message as a call to be sent. Options nobody knows become properties of the message, as kombu has it.
 *
 * @throws DecodeError for an `eta` or `expires` that is no time
 */
export function callOfSignature({ task, args, kwargs, options }: WireSignature): CanvasCall {
  const stamped = texts(options.stamped_headers);
  const call: Record<string, unknown> = {};
  const properties: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === null || value === undefined || canvasOptions.has(name)) continue;
    if (stamped?.includes(name) || sendersOwn.has(name)) continue;
    const known = callOptionOfWire.get(name);
    if (known) call[known] = isMoment(name) ? momentOf(value) : value;
    else properties[name] = value;
  }
  return {
    task,
    args,
    kwargs,
    options: call as CallOptions,
    canvas: {
      embed: {
        callbacks: signatures(options.link),
        errbacks: signatures(options.link_error),
        chain: signatures(options.chain),
        chord: (options.chord as WireSignature | null | undefined) ?? null,
      },
      group: (options.group_id as string | null | undefined) ?? null,
      groupIndex: (options.group_index as number | null | undefined) ?? null,
      replacedTaskNesting: Number(options.replaced_task_nesting ?? 0),
      ...(stamped && {
        stampedHeaders: stamped,
        stamps: Object.fromEntries(stamped.map((name) => [name, options[name] ?? null])),
      }),
      properties,
    },
  };
}

/** A single signature stands for a list of one, as in Celery (`maybe_list`). */
function signatures(value: unknown): readonly WireSignature[] | null {
  if (value === null || value === undefined) return null;
  const list = (Array.isArray(value) ? value : [value]) as readonly WireSignature[];
  return list.length === 0 ? null : list;
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined;
}

function momentOf(value: unknown): unknown {
  const isWritten = typeof value === 'string' || value instanceof PlainDate;
  return isWritten ? parseIsoDate(String(value)) : value;
}

function isMoment(option: string): boolean {
  return option === 'eta' || option === 'expires';
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
