import type { WireSignature } from '../protocol/index.ts';
import { chainSteps } from './chain-steps.ts';
import {
  type ChainDraft,
  type ChordDraft,
  type Draft,
  type GroupDraft,
  isChain,
  isChord,
  isEmptyChain,
  isGroup,
  newChord,
} from './draft.ts';
import { addErrback } from './links.ts';
import type { NextId } from './plan.ts';
import { groupNode, type ResultNode, rootOf, taskNode } from './result-node.ts';

/** Where a signature belongs in what is planned. */
export interface Place {
  /** For the task whose result the signature's is. */
  readonly id?: string;
  readonly groupId?: string;
  readonly groupIndex?: number;
  /** Applied to the values of the group that it is a part of. */
  readonly chord?: unknown;
  readonly rootId?: unknown;
  readonly parentId?: unknown;
}

/** What planning draws on. */
export interface Freezing {
  readonly nextId: NextId;
  /** Written into every signature, as Celery has it. */
  readonly replyTo?: string;
  /** Celery's `task_allow_error_cb_on_chord_header`. */
  readonly errbacksOnHeader: boolean;
}

/**
 * Settles the ids of a signature and of all in it that its callers can wait for, once: what has its id keeps it.
 *
 * @see celery.canvas.Signature.freeze
 */
export function freeze(draft: Draft, place: Place, freezing: Freezing): ResultNode {
  if (isChain(draft)) return freezeChain(draft, place, freezing);
  if (isGroup(draft)) return freezeGroup(draft, place, freezing);
  if (isChord(draft)) return freezeChord(draft, place, freezing);
  return freezeTask(draft, place, freezing);
}

function freezeTask({ options }: Draft, place: Place, { nextId, replyTo }: Freezing): ResultNode {
  options.task_id ??= place.id ?? nextId();
  if (place.rootId) options.root_id = place.rootId;
  if (place.parentId) options.parent_id = place.parentId;
  if (replyTo !== undefined && !('reply_to' in options)) options.reply_to = replyTo;
  if (place.groupId && !('group_id' in options)) options.group_id = place.groupId;
  if (place.chord) options.chord = place.chord;
  if (place.groupIndex !== undefined) options.group_index = place.groupIndex;
  return taskNode(options.task_id as string);
}

/** Its own id is its last step's. */
function freezeChain(chain: ChainDraft, place: Place, freezing: Freezing): ResultNode {
  const { errbacksOnHeader } = freezing;
  const steps = chainSteps(chain.kwargs.tasks, { split: false, errbacksOnHeader });
  const frozen = freezeSteps(steps, place, freezing);
  chain.kwargs.tasks = frozen.steps.reverse();
  const result = frozen.result ?? groupNode(place.id ?? freezing.nextId(), []);
  chain.options.task_id = result.id;
  return result;
}

/** Steps whose ids are settled. */
export interface FrozenSteps {
  /** The last one first, as messages have it. */
  readonly steps: Draft[];
  /** Of the last one; undefined: there are none. */
  readonly result: ResultNode | undefined;
}

/**
 * Settles steps from the last to the first, and turns a group that has a step after it into a chord of both.
 *
 * @see celery.canvas._chain.prepare_steps
 */
export function freezeSteps(
  tasks: readonly Draft[],
  place: Place,
  freezing: Freezing,
  errbacks: readonly WireSignature[] = [],
): FrozenSteps {
  const steps: Draft[] = [];
  const results: ResultNode[] = [];
  /** What the next step to be settled becomes the parent of. */
  let child: ResultNode | undefined;
  for (const [index, task] of tasks.toReversed().entries()) {
    let step = task;
    const following = steps.at(-1);
    if (isGroup(step) && following) {
      step = newChord(step, following);
      if (place.rootId) step.options.root_id = place.rootId;
      steps.pop();
      child = orphaned(results, results.pop());
    }
    const result = freeze(step, index === 0 ? place : { rootId: place.rootId }, freezing);
    if (child && !child.parent) child.parent = result;
    for (const errback of errbacks) addErrback(step, errback, freezing.errbacksOnHeader);
    steps.push(step);
    results.push(result);
    child = isChord(step) ? rootOf(result) : result;
  }
  return { steps, result: results[0] };
}

/** The result that had this one as parent, if any step follows: its parent is settled anew, with the chord. */
function orphaned(results: readonly ResultNode[], parent?: ResultNode): ResultNode | undefined {
  let node = results.at(-1) ?? null;
  while (node && node.parent !== parent) node = node.parent;
  if (node) node.parent = null;
  return node ?? undefined;
}

/** Groups within are flattened, in Celery's order, which turns each of them around. @see group._freeze_unroll */
function freezeGroup(group: GroupDraft, place: Place, freezing: Freezing): ResultNode {
  const { options } = group;
  options.task_id ??= freezing.nextId();
  if (place.groupId) options.group_id = place.groupId;
  if (place.chord) options.chord = place.chord;
  if (place.groupIndex !== undefined) options.group_index = place.groupIndex;
  if (!('root_id' in options)) options.root_id = place.rootId ?? null;
  if (!('parent_id' in options)) options.parent_id = place.parentId ?? null;
  const { groupId, chord } = place;
  const { root_id: rootId, parent_id: parentId } = options;
  group.kwargs.tasks = flattened(group.kwargs.tasks);
  const members = group.kwargs.tasks.map((task, groupIndex) =>
    freeze(task, { groupId, chord, rootId, parentId, groupIndex }, freezing),
  );
  return groupNode(options.task_id as string, members);
}

function flattened(tasks: readonly Draft[]): Draft[] {
  const pending = [...tasks].reverse();
  const members: Draft[] = [];
  for (let task = pending.pop(); task; task = pending.pop()) {
    if (isGroup(task)) for (const member of task.kwargs.tasks) pending.push(member);
    else if (!isEmptyChain(task)) members.push(task);
  }
  return members;
}

/** Its id is its header's, its result its body's. */
function freezeChord(chord: ChordDraft, place: Place, freezing: Freezing): ResultNode {
  const { header, body } = chord.kwargs;
  const { rootId, parentId, ...ofBody } = place;
  const headerResult = freeze(header, { rootId, parentId }, freezing);
  chord.options.task_id = header.options.task_id;
  const result = freeze(body, { ...ofBody, rootId }, freezing);
  rootOf(result).parent = headerResult;
  return result;
}
