import { isDeepStrictEqual } from 'node:util';
import type { WireSignature } from '../protocol/index.ts';
import { type Draft, isChord, isGroup, listOf } from './draft.ts';

/** Adds a callback where Celery puts it: a chord's goes to its body, a group's to its first task, immutable. */
export function addLink(draft: Draft, callback: WireSignature): void {
  const [first] = isGroup(draft) ? draft.kwargs.tasks : [];
  if (isChord(draft)) addLink(draft.kwargs.body, callback);
  else if (first) addLink(first, { ...callback, immutable: true });
  else appendOption(draft, 'link', callback);
}

/**
 * Adds an errback where Celery puts it: a group's goes to every task, a chord's to its body and, if the setting says so,
 * to the tasks of its header, too.
 *
 * @param onHeader Celery's `task_allow_error_cb_on_chord_header`.
 */
export function addErrback(draft: Draft, errback: WireSignature, onHeader: boolean): void {
  if (isGroup(draft)) {
    for (const task of draft.kwargs.tasks) addErrback(task, errback, onHeader);
  } else if (isChord(draft)) {
    const { header, body } = draft.kwargs;
    if (onHeader) addErrback(header, { ...errback, immutable: true }, onHeader);
    addErrback(body, errback, onHeader);
  } else {
    appendOption(draft, 'link_error', errback);
  }
}

/** As {@link addErrback}, before anything is planned: chords in the header of a chord get it, too. @see _chord.link_error */
export function linkErrback(draft: Draft, errback: WireSignature, onHeader: boolean): void {
  const header = isChord(draft) ? draft.kwargs.header.kwargs.tasks : [];
  for (const task of header) if (isChord(task)) linkErrback(task, errback, onHeader);
  addErrback(draft, errback, onHeader);
}

/**
 * Links what was given to a chord to its body, for whom the chord's callers wait.
 *
 * @see celery.canvas._chord._add_body_callbacks
 */
export function addBodyCallbacks(
  body: Draft,
  links: readonly WireSignature[],
  errbacks: readonly WireSignature[],
): void {
  for (const callback of links) addLink(body, callback);
  for (const errback of errbacks) addBodyErrback(body, errback);
}

/** A group's goes to its tasks, which keep their own; any other body's stands where a failed header looks for it. */
function addBodyErrback(body: Draft, errback: WireSignature): void {
  if (isGroup(body)) addErrbackToTasks(body, errback, { runsAsGroup: true });
  else appendOption(body, 'link_error', errback);
}

/** A group that runs as one hands its own errbacks to its tasks. @see celery.canvas._link_error_to_body_tasks */
function addErrbackToTasks(
  draft: Draft,
  errback: WireSignature,
  { runsAsGroup }: { readonly runsAsGroup: boolean },
): void {
  if (isChord(draft)) {
    addErrbackToTasks(draft.kwargs.body, errback, { runsAsGroup: true });
  } else if (isGroup(draft) && !(runsAsGroup && draft.options.link_error)) {
    for (const task of draft.kwargs.tasks) addErrbackToTasks(task, errback, { runsAsGroup: false });
  } else {
    appendOption(draft, 'link_error', errback);
  }
}

/** Adds to a list option what is not in it yet. @see celery.canvas.Signature.append_to_list_option */
function appendOption(draft: Draft, name: 'link' | 'link_error', value: WireSignature): void {
  const list = listOf(draft.options[name]);
  if (list.some((item) => isDeepStrictEqual(item, value))) return;
  draft.options[name] = [...list, value];
}
