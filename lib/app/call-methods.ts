import {
  type AnySignature,
  type CallOptions,
  chunksOf,
  createSignature,
  type Keywords,
  mapOf,
  type Sender,
  starmapOf,
  type TaskCall,
} from '../canvas/index.ts';
import { checkShape, isPlainObject } from '../producer/index.ts';
import type { AsyncResult } from '../results/index.ts';
import { noKeywords, type WireArguments } from './task-arguments.ts';

/** Options of `signature()`: those of the call, its keyword arguments, and whether it takes more. */
export interface SignatureOptions<R = unknown> extends CallOptions<R> {
  kwargs?: Keywords;
  /** Nothing is put in front of its arguments. @default false */
  immutable?: boolean;
}

/** A task that may live elsewhere, as its callers know it. */
export interface Callee {
  readonly name: string;
  /** The last argument of a call is the object of its keyword arguments. */
  readonly takesKeywords: boolean;
  /** Options of every call that does not say otherwise. */
  readonly defaults: CallOptions;
}

/** How a task is called, without types: `Task` and `TaskRef` give them. */
export interface CallMethods {
  delay(...args: readonly unknown[]): Promise<AsyncResult>;
  applyAsync(
    args?: readonly unknown[],
    options?: CallOptions & { kwargs?: Keywords },
  ): Promise<AsyncResult>;
  s(...args: readonly unknown[]): AnySignature;
  si(...args: readonly unknown[]): AnySignature;
  signature(args?: readonly unknown[], options?: SignatureOptions): AnySignature;
  map(items: Iterable<unknown>): AnySignature;
  starmap(items: Iterable<readonly unknown[]>): AnySignature;
  chunks(items: Iterable<readonly unknown[]>, size: number): AnySignature;
}

/** The methods of a task whose calls `sender` sends. */
export function callMethods(callee: Callee, sender: Sender): CallMethods {
  const signature = (args: readonly unknown[] = [], options: SignatureOptions = {}) => {
    const { immutable = false, ...call } = options;
    return createSignature(sender, { ...callOf(callee, args, call), immutable });
  };
  return {
    delay: async (...args) => sender.send(callOf(callee, args)),
    applyAsync: async (args, options) => sender.send(callOf(callee, args, options)),
    s: (...args) => signature(args),
    si: (...args) => signature(args, { immutable: true }),
    signature,
    map: (items) => mapOf(sender, signature(), items),
    starmap: (items) => starmapOf(sender, signature(), items),
    chunks: (items, size) => chunksOf(sender, signature(), items, size),
  };
}

/**
 * One call of a task.
 *
 * @throws ImproperlyConfigured for what is no call, TypeError when keyword arguments are due and none are there
 */
export function callOf(
  { name, takesKeywords, defaults }: Callee,
  args: readonly unknown[] = [],
  given: CallOptions & { kwargs?: Keywords } = {},
): TaskCall {
  checkShape(name, args, given?.kwargs === undefined ? {} : given.kwargs, given);
  const { kwargs, ...options } = given;
  const split =
    takesKeywords && kwargs === undefined
      ? splitKeywords(name, args)
      : { args, kwargs: kwargs ?? noKeywords };
  return { task: name, ...withoutTrailingUndefined(split), options: { ...defaults, ...options } };
}

/** What JavaScript takes as not given is not sent as null, which no default would replace. */
function withoutTrailingUndefined({ args, kwargs }: WireArguments): WireArguments {
  let count = args.length;
  while (count > 0 && args[count - 1] === undefined) count--;
  return { args: count === args.length ? args : args.slice(0, count), kwargs };
}

function splitKeywords(task: string, args: readonly unknown[]): WireArguments {
  if (args.length === 0) return { args, kwargs: noKeywords };
  const last = args.at(-1);
  if (isPlainObject(last)) {
    return { args: args.slice(0, -1), kwargs: last };
  }
  throw new TypeError(
    `${task}() takes the object of its keyword arguments as last argument, got ${Array.isArray(last) ? 'a list' : typeof last}`,
  );
}
