import type { Draft } from './draft.ts';
import { isChain, isChord, isGroup } from './draft.ts';

/** What a signature is applied with. */
export type Options = Readonly<Record<string, unknown>>;

/** Puts arguments in front of a signature's own, and keywords over them, unless it is immutable. */
export function mergeArguments(draft: Draft, args: readonly unknown[], kwargs: Options): void {
  if (draft.immutable) return;
  if (args.length > 0) draft.args = [...args, ...draft.args];
  if (Object.keys(kwargs).length === 0 || isChain(draft) || isGroup(draft)) return;
  if (isChord(draft)) draft.kwargs.kwargs = { ...draft.kwargs.kwargs, ...kwargs };
  else draft.kwargs = { ...draft.kwargs, ...kwargs };
}

/**
 * Options over others, but where a task belongs and what it is stamped with stays: otherwise what waits for it would
 * wait for ever.
 *
 * @see celery.canvas.Signature._merge
 */
export function mergeOptions(own: Options, given: Options): Record<string, unknown> {
  const stamped = Array.isArray(own.stamped_headers) ? own.stamped_headers : [];
  const kept = new Set<unknown>(['group_id', 'stamped_headers', ...stamped]);
  const merged = { ...own };
  for (const [name, value] of Object.entries(given)) {
    if (!(kept.has(name) && name in own)) merged[name] = value;
  }
  return merged;
}

/** Options without those named. */
export function without(options: Options, ...names: readonly string[]): Record<string, unknown> {
  const rest = { ...options };
  for (const name of names) delete rest[name];
  return rest;
}

/** Options that are given: null stands for "not". */
export function givenOptions(options: Options): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== null && value !== undefined),
  );
}
