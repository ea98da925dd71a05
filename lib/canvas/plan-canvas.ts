import type { WireSignature } from '../protocol/index.ts';
import { type Applied, apply } from './apply.ts';
import { chunkGroup } from './chunks.ts';
import { draftOf } from './draft.ts';
import type { Options } from './merge-call.ts';
import type { Application, CanvasPlan, NextId, PlanContext } from './plan.ts';
import { resultTuple } from './result-node.ts';

/**
 * What applying a signature comes to, with Celery's rules, groups within groups and all.
 *
 * @param signature As `checkSignature` returns it. Chunks become the group of starmaps that they stand for.
 * @throws ImproperlyConfigured for `link` and `link_error` given to a group
 * @see celery.canvas.Signature.apply_async
 */
export function planCanvas(
  signature: WireSignature,
  application: Application,
  nextId: NextId,
  context: PlanContext = {},
): CanvasPlan {
  return planOne(chunkGroup(signature) ?? signature, application, nextId, context);
}

/** As {@link planCanvas}; chunks are the task of that name, as for a worker that follows. */
export function planOne(
  signature: WireSignature,
  application: Application,
  nextId: NextId,
  context: PlanContext,
  more: Options = {},
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
  const result = apply(
    draftOf(signature),
    { args, kwargs, options: { ...options, ...more } },
    made,
  );
  return { chords: made.chords, messages: made.messages, result: resultTuple(result) };
}
