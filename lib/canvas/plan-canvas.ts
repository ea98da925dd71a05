import type { WireSignature } from '../protocol/index.ts';
import { type Applied, apply } from './apply.ts';
import { checkChordIds } from './chord-ids.ts';
import { chunkGroup } from './chunks.ts';
import { type Draft, draftOf } from './draft.ts';
import type { Application, CanvasPlan, NextId, PlanContext } from './plan.ts';
import { resultTuple } from './result-node.ts';

/**
 * What applying a signature comes to, with Celery's rules, groups within groups and all.
 *
 * @param signature As `checkSignature` returns it. Chunks become the group of starmaps that they stand for.
 * @throws ImproperlyConfigured for `link` and `link_error` given to a group, and for a task id twice in a chord
 * @see celery.canvas.Signature.apply_async
 */
export function planCanvas(
  signature: WireSignature,
  application: Application,
  nextId: NextId,
  context: PlanContext = {},
): CanvasPlan {
  const draft = draftOf(chunkGroup(signature) ?? signature);
  checkChordIds(draft);
  return planDraft(draft, application, nextId, context);
}

/** As {@link planCanvas}, for a worker that follows: chunks are the task of that name, and ids are as their sender chose. */
export function planOne(
  signature: WireSignature,
  application: Application,
  nextId: NextId,
  context: PlanContext,
): CanvasPlan {
  return planDraft(draftOf(signature), application, nextId, context);
}

function planDraft(
  draft: Draft,
  application: Application,
  nextId: NextId,
  context: PlanContext,
): CanvasPlan {
  const { args = [], kwargs = {}, options = {}, rootId, parentId } = application;
  const { now, replyTo, taskAllowErrorCbOnChordHeader = false } = context;
  const made: Applied = {
    freezing: { nextId, replyTo, errbacksOnHeader: taskAllowErrorCbOnChordHeader },
    now: now?.getTime() ?? 0,
    chords: [],
    messages: [],
    rootId,
    parentId,
  };
  const result = apply(draft, { args, kwargs, options }, made);
  return { chords: made.chords, messages: made.messages, result: resultTuple(result) };
}
