import {
  type AnySignature,
  type CanvasPlan,
  derivedIds,
  planReplacement,
  type Replaced,
} from '../canvas/index.ts';
import { Ignore } from '../errors.ts';
import { attemptNumber } from '../protocol/index.ts';
import type { Celery } from './celery.ts';
import type { TaskRequest } from './request.ts';

/** Thrown by `self.replace`: another signature goes on under the task's id. Whoever catches `Ignore` catches it, as in Celery. */
export class Replacement extends Ignore {
  /** Its ids are derived: whoever replaces this attempt once more sends the same again. */
  readonly plan: CanvasPlan;

  constructor(plan: CanvasPlan) {
    super('Replaced by new task');
    this.plan = plan;
  }
}

/** @throws ImproperlyConfigured for a part of a chord, and an empty chain */
export function replacementOf(
  app: Celery,
  request: TaskRequest,
  signature: AnySignature,
): Replacement {
  const ids = derivedIds(request.id, attemptNumber(request), 'replace');
  const plan = planReplacement(placeOf(request), signature.toJSON(), ids, app.planContext());
  return new Replacement(plan);
}

/** Where in its workflow the task of a request stands. */
export function placeOf(request: TaskRequest): Replaced {
  const { callbacks, errbacks, chain, chord } = request;
  return { ...request, embed: { callbacks, errbacks, chain, chord } };
}
