import { unchained, unrolled } from './chain-steps.ts';
import {
  type ChainDraft,
  type Draft,
  isChain,
  isChord,
  isEmptyGroup,
  isGroup,
  newChain,
  newChord,
} from './draft.ts';

/**
 * One signature after another, as Python's `|` has it: a group and what follows it are a chord, what follows a chord
 * joins its body, chains are spliced. Changes both.
 *
 * @see celery.canvas.Signature.__or__ and that of chain, group and chord
 */
export function joinSteps(first: Draft, second: Draft): Draft {
  if (isEmptyGroup(second) && (isChain(first) || isGroup(first))) return first;
  if (isGroup(first)) return newChord(first, second);
  const next = unrolled(second);
  if (isChain(first)) return joinChain(first, next);
  if (isChord(first) && !isChain(next) && !isGroup(next)) return withBody(first, next);
  return newChain([first, ...(isChain(next) ? unchained(next, false) : [next])]);
}

/**
 * Signatures one after another, as `chain(a, b, c)` has them. A single one stands alone in its chain.
 *
 * @see celery.canvas.chain
 */
export function joinAll(signatures: readonly Draft[]): Draft {
  if (signatures.length === 1) return newChain([...signatures]);
  return signatures.reduce(joinSteps, newChain([]));
}

function joinChain(chain: ChainDraft, next: Draft): Draft {
  if (isChain(next)) return unchained(next, false).reduce<Draft>(joinSteps, chain);
  const { tasks } = chain.kwargs;
  const last = tasks.at(-1);
  if (!last && isGroup(next)) return next;
  if (last && isGroup(last)) {
    tasks[tasks.length - 1] = newChord(last, next);
    return chain;
  }
  if (last && isChord(last) && !isChord(next)) {
    withBody(last, next);
    return chain;
  }
  if (Object.keys(chain.options).length > 0) return newChain([...unchained(chain, false), next]);
  tasks.push(next);
  return chain;
}

function withBody<C extends Draft & { kwargs: { body: Draft } }>(chord: C, next: Draft): C {
  chord.kwargs.body = joinSteps(chord.kwargs.body, next);
  return chord;
}
