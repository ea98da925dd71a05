import { ImproperlyConfigured } from '../errors.ts';
import { type Draft, isChain, isChord, isGroup } from './draft.ts';

/**
 * Refuses chords in which a task id stands twice. Whoever runs the second of two such tasks takes it for a redelivery of
 * the first, so that the chord would wait for a part that never comes, or take one value for two.
 *
 * @throws ImproperlyConfigured that names the id
 */
export function checkChordIds(draft: Draft): void {
  if (isChord(draft)) refuseTwice(taskIds(draft));
  else if (isGroup(draft)) for (const task of draft.kwargs.tasks) checkChordIds(task);
  else if (isChain(draft)) {
    const { tasks } = draft.kwargs;
    for (const step of tasks) checkChordIds(step);
    // With the step after it, a group becomes a chord.
    for (const step of tasks.slice(0, -1)) if (isGroup(step)) refuseTwice(taskIds(step));
  }
}

/**
 * As {@link checkChordIds}, of what becomes a part of the chord that a task is a part of.
 *
 * @param taken Ids of parts that the chord is known to have.
 */
export function checkAddedIds(draft: Draft, taken: readonly string[]): void {
  refuseTwice([...taken, ...taskIds(draft)]);
}

/** Those that were chosen: ids that are yet to be drawn are no others'. */
function taskIds(draft: Draft): readonly unknown[] {
  if (isChain(draft) || isGroup(draft)) return draft.kwargs.tasks.flatMap(taskIds);
  if (isChord(draft)) return [...taskIds(draft.kwargs.header), ...taskIds(draft.kwargs.body)];
  const id = draft.options.task_id;
  return id === undefined || id === null ? [] : [id];
}

function refuseTwice(ids: readonly unknown[]): void {
  const seen = new Set<unknown>();
  for (const id of ids) {
    if (seen.has(id)) {
      throw new ImproperlyConfigured(
        `The task id '${id}' stands twice in a chord, which would wait for two tasks and hear of one: give each task a ` +
          'taskId of its own, or none',
      );
    }
    seen.add(id);
  }
}
