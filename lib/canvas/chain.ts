import { CanvasSignature, senderOf } from './canvas-signature.ts';
import type { ChainOf, CheckChain, FirstMissing } from './canvas-types.ts';
import { stepOf } from './chunks.ts';
import { joinAll } from './join-steps.ts';
import type { AnySignature } from './signature.ts';

/**
 * Signatures to be run one after another, each with the value of the one before in front of its arguments. A group and
 * the step after it are a chord; a group of one runs as its task alone.
 *
 * @example const result = await chain(add.s(1, 2), mul.s(3), mul.s(4)).applyAsync(); // 36
 * @see celery.canvas.chain
 */
export function chain<const T extends readonly AnySignature[]>(
  ...steps: T extends CheckChain<T> ? T : CheckChain<T>
): ChainOf<FirstMissing<T>, T> {
  const signatures = steps as readonly AnySignature[];
  const drafts = signatures.map((step) => stepOf(step.toJSON()));
  return new CanvasSignature(senderOf(signatures), joinAll(drafts)) as unknown as ChainOf<
    FirstMissing<T>,
    T
  >;
}
