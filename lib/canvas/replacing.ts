import { ImproperlyConfigured } from '../errors.ts';
import type { TaskMessage, WireSignature } from '../protocol/index.ts';
import { checkAddedIds, checkChordIds } from './chord-ids.ts';
import { memberOf, stepOf } from './chunks.ts';
import { type Draft, draftOf, isChain, isEmptyChain, isGroup, listOf, newChord } from './draft.ts';
import { freeze } from './freeze.ts';
import { joinSteps } from './join-steps.ts';
import { addErrback, addLink } from './links.ts';
import type { CanvasPlan, NextId, PlanContext } from './plan.ts';
import { planOne } from './plan-canvas.ts';

/** What of a task's message goes over to what replaces it. */
export type Replaced = Pick<
  TaskMessage,
  'id' | 'embed' | 'group' | 'groupIndex' | 'rootId' | 'replacedTaskNesting'
>;

/**
 * What takes the place of a running task: it ends under the task's id, and all that was to follow the task follows it.
 * A group is collected by `celery.accumulate`, which has the id.
 *
 * @throws ImproperlyConfigured for a part of a chord, an empty chain, and a task id twice in a chord
 * @see celery.app.task.Task.replace
 */
export function planReplacement(
  replaced: Replaced,
  signature: WireSignature,
  nextId: NextId,
  context: PlanContext = {},
): CanvasPlan {
  const { id, embed, rootId } = replaced;
  const errbacksOnHeader = context.taskAllowErrorCbOnChordHeader ?? false;
  const draft = collected(stepOf(signature));
  if ('chord' in draft.options) throw wrong('is a part of a chord');
  if (isEmptyChain(draft)) throw wrong('is an empty chain');
  checkChordIds(draft);
  for (const callback of embed.callbacks ?? []) addLink(draft, callback);
  for (const errback of embed.errbacks ?? []) addErrback(draft, errback, errbacksOnHeader);
  moveLinksToLast(draft);
  freeze(draft, { id }, { nextId, replyTo: context.replyTo, errbacksOnHeader });
  const joined = withRest(draft, replaced);
  return planOne(joined, { parentId: id, rootId: rootId ?? id }, nextId, context);
}

/**
 * A signature that becomes one more part of the chord that a task is a part of.
 *
 * @param taken Ids of parts that the chord is known to have. Default: the task's own
 * @returns Its `result` is to be added to the members of the chord's saved group before its messages are sent.
 * @throws ImproperlyConfigured for a task that is no part of a chord, for a group, and for a task id that is taken
 * @see celery.app.task.Task.add_to_chord
 */
export function planAddition(
  part: Replaced,
  signature: WireSignature,
  nextId: NextId,
  context: PlanContext = {},
  taken: readonly string[] = [part.id],
): CanvasPlan {
  const { id, embed, group, groupIndex, rootId } = part;
  if (!embed.chord || group === null) {
    throw new ImproperlyConfigured(
      `Task ${id} is not a part of a chord, so nothing can be added to it`,
    );
  }
  const draft = memberOf(signature);
  if (isGroup(draft)) {
    throw new ImproperlyConfigured('A group cannot be added to a chord: add its tasks one by one');
  }
  checkAddedIds(draft, taken);
  const place = { group_id: group, group_index: groupIndex, chord: embed.chord };
  Object.assign(draft.options, place, { root_id: rootId ?? id });
  return planOne(draft, { parentId: id, rootId: rootId ?? id }, nextId, context);
}

/** A group, alone or at the end of a chain, is made the header of a chord, so that one task can have the id. */
function collected(draft: Draft): Draft {
  const last = isChain(draft) ? draft.kwargs.tasks.at(-1) : undefined;
  if (isChain(draft) && last && isGroup(last)) {
    draft.kwargs.tasks[draft.kwargs.tasks.length - 1] = newChord(last, accumulate());
  }
  return isGroup(draft) ? newChord(draft, accumulate()) : draft;
}

function accumulate(): Draft {
  return {
    task: 'celery.accumulate',
    args: [],
    kwargs: { index: 0 },
    options: {},
    subtask_type: null,
    immutable: false,
  };
}

/** On the chain they would be called twice once more steps are joined to it. */
function moveLinksToLast(draft: Draft): void {
  const last = isChain(draft) ? draft.kwargs.tasks.at(-1) : undefined;
  if (!last || !('link' in draft.options)) return;
  last.options.link = [...listOf(last.options.link), ...listOf(draft.options.link)];
  delete draft.options.link;
}

/** Everything of the task's own that its replacement has, and the steps that come after it. */
function withRest(
  draft: Draft,
  { embed, group, groupIndex, rootId, ...replaced }: Replaced,
): Draft {
  const nesting = { replaced_task_nesting: replaced.replacedTaskNesting + 1 };
  Object.assign(draft.options, nesting, {
    chord: embed.chord,
    group_id: group,
    group_index: groupIndex,
    root_id: rootId ?? replaced.id,
  });
  if (isChain(draft)) for (const task of draft.kwargs.tasks) Object.assign(task.options, nesting);
  const rest = (embed.chain ?? []).toReversed().map(draftOf);
  for (const step of rest) Object.assign(step.options, nesting);
  return rest.reduce(joinSteps, draft);
}

function wrong(what: string): ImproperlyConfigured {
  return new ImproperlyConfigured(`A signature that replaces a task ${what}`);
}
