import {
  type ChainDraft,
  type ChordDraft,
  type Draft,
  isChain,
  isChord,
  isEmptyGroup,
  isGroup,
  listOf,
} from './draft.ts';
import { addErrback, addLink } from './links.ts';
import { mergeOptions, without } from './merge-call.ts';

/** How the steps of a chain are laid out. */
export interface StepRules {
  /** Splits chords whose body is a chain, which every part of the header would have to carry as a whole. */
  readonly split: boolean;
  /** @see addErrback */
  readonly errbacksOnHeader: boolean;
}

/**
 * A chain's steps in their natural order: chains within it spliced in, groups of one unrolled, empty groups left out
 * unless there is nothing else.
 *
 * @see celery.canvas._chain.prepare_steps
 */
export function chainSteps(tasks: readonly Draft[], rules: StepRules): Draft[] {
  const pending = [...tasks].reverse();
  const steps: Draft[] = [];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const step = unrolled(next);
    const inner = innerSteps(step, rules);
    if (inner) pending.push(...inner.reverse());
    else steps.push(step);
  }
  const filled = steps.filter((step) => !isEmptyGroup(step));
  return filled.length > 0 ? filled : steps.slice(0, 1);
}

/** The steps of an inner chain, with its callbacks at the last and its errbacks at each. @see _chain.unchain_tasks */
export function unchained(chain: ChainDraft, errbacksOnHeader: boolean): Draft[] {
  const { tasks } = chain.kwargs;
  const last = tasks.at(-1);
  if (last) for (const link of listOf(chain.options.link)) addLink(last, link);
  for (const errback of listOf(chain.options.link_error)) {
    for (const task of tasks) addErrback(task, errback, errbacksOnHeader);
  }
  return [...tasks];
}

function innerSteps(step: Draft, { split, errbacksOnHeader }: StepRules): Draft[] | undefined {
  if (isChain(step)) return unchained(step, errbacksOnHeader);
  if (!split || !isChord(step)) return undefined;
  const { body } = step.kwargs;
  return isChain(body) && isLedByTask(body) ? splitChord(step, body, errbacksOnHeader) : undefined;
}

/** A group in front would run the rest once for each of its members: it stays in the body. */
function isLedByTask({ kwargs: { tasks } }: ChainDraft): boolean {
  return tasks[0] !== undefined && !isGroup(tasks[0]);
}

/** What of a chain's options its first step does not get. @see celery.canvas._CHAIN_RUN_OPTIONS */
const chainsOwn = [
  ...['chord', 'group_id', 'group_index', 'link', 'link_error'],
  ...['parent_id', 'root_id', 'task_id'],
];

/** `chord(header, chain(a, b, c))` is `chord(header, a)`, b, c. @see celery.canvas._chord._unroll_body */
function splitChord(chord: ChordDraft, body: ChainDraft, errbacksOnHeader: boolean): Draft[] {
  const [first, ...rest] = unchained(body, errbacksOnHeader);
  if (!first) return [chord];
  first.options = mergeOptions(first.options, without(body.options, ...chainsOwn));
  chord.kwargs.body = first;
  return [chord, ...rest];
}

/** A group of one runs as its task alone. @see celery.canvas.maybe_unroll_group */
export function unrolled(step: Draft): Draft {
  const [only, ...more] = isGroup(step) ? step.kwargs.tasks : [];
  return only && more.length === 0 ? only : step;
}
