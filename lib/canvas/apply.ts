import { ImproperlyConfigured } from '../errors.ts';
import { nearResults, type WireSignature } from '../protocol/index.ts';
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
  listOf,
} from './draft.ts';
import { type Freezing, freeze, freezeSteps } from './freeze.ts';
import { latestEta } from './latest-eta.ts';
import { addBodyCallbacks } from './links.ts';
import { givenOptions, mergeArguments, mergeOptions, type Options, without } from './merge-call.ts';
import type { PlannedChord } from './plan.ts';
import { groupNode, type ResultNode, resultTuple, taskNode } from './result-node.ts';

/** What a signature is applied with. */
export interface Call {
  readonly args: readonly unknown[];
  readonly kwargs: Options;
  readonly options: Options;
}

/** What applying comes to, while it is made. */
export interface Applied {
  readonly freezing: Freezing;
  /** What countdowns are counted from, in ms. */
  readonly now: number;
  readonly chords: PlannedChord[];
  readonly messages: WireSignature[];
  readonly rootId?: string;
  readonly parentId?: string;
}

/**
 * Adds to `made` the messages and chords of a signature that may be changed.
 *
 * @returns What its caller waits for.
 */
export function apply(draft: Draft, call: Call, made: Applied): ResultNode {
  if (isChain(draft)) return applyChain(draft, call, made);
  if (isGroup(draft)) return applyGroup(draft, call, made);
  if (isChord(draft)) return applyChord(draft, call, made);
  return applyTask(draft, call, made);
}

/** Records of chords and results of their parts are kept for weeks anyway: only beyond this must parts know how long. */
const farMs = 7 * 86_400_000;

/** @see celery.canvas.Signature.apply_async */
function applyTask(draft: Draft, { args, kwargs, options }: Call, made: Applied): ResultNode {
  mergeArguments(draft, args, kwargs);
  const { rootId, parentId, freezing } = made;
  const merged = givenOptions(mergeOptions(draft.options, givenOptions(options)));
  merged.task_id ??= freezing.nextId();
  if (rootId !== undefined) merged.root_id ??= rootId;
  if (parentId !== undefined) merged.parent_id ??= parentId;
  made.messages.push({ ...draft, options: without(merged, 'add_to_parent') });
  return taskNode(merged.task_id as string);
}

/** Sends the first step, with the rest in its option `chain`. @see celery.canvas._chain.run */
function applyChain(chain: ChainDraft, { args, kwargs, options }: Call, made: Applied): ResultNode {
  const { freezing } = made;
  const { errbacksOnHeader } = freezing;
  const merged = { ...chain.options, ...options };
  const tasks = chainSteps(chain.kwargs.tasks, { split: true, errbacksOnHeader });
  const [first] = tasks;
  if (!first) return groupNode(freezing.nextId(), []);
  mergeArguments(first, chain.immutable ? [] : args, kwargs);
  const { steps, result } = freezeSteps(
    tasks,
    placeOf(merged),
    freezing,
    listOf(merged.link_error),
  );
  addLinks(steps[0], listOf(merged.link));
  const begin = steps.pop() ?? first;
  const applied = apply(begin, { args: [], kwargs: {}, options: passedOn(merged, steps) }, made);
  return steps.length > 0 && result ? result : applied;
}

function placeOf(options: Options): Parameters<typeof freeze>[1] {
  return {
    id: textOption(options.task_id),
    groupId: textOption(options.group_id),
    groupIndex: typeof options.group_index === 'number' ? options.group_index : undefined,
    chord: options.chord,
    rootId: options.root_id,
  };
}

function textOption(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** As options, which the kind of step it is takes as it takes them. */
function addLinks(last: Draft | undefined, links: readonly WireSignature[]): void {
  if (!last || links.length === 0) return;
  last.options.link = [...listOf(last.options.link), ...links];
}

/** A chain hands all but these to its first step, and the steps after it before those that were to follow already. */
function passedOn(options: Options, rest: readonly Draft[]): Options {
  const first = without(
    options,
    ...['group_id', 'group_index', 'chord', 'task_id', 'link', 'link_error'],
    ...['root_id', 'parent_id'],
  );
  return { ...first, chain: [...listOf(options.chain), ...rest] };
}

/** Sends each member. @see celery.canvas.group.apply_async */
function applyGroup(group: GroupDraft, { args, kwargs, options }: Call, made: Applied): ResultNode {
  refuseLinks(options);
  if (group.kwargs.tasks.length === 0) return freeze(group, {}, made.freezing);
  const merged = mergeOptions(group.options, options);
  const groupId = textOption(merged.task_id) ?? made.freezing.nextId();
  const { chord, ...shared } = without(merged, 'task_id', 'group_index', 'add_to_parent');
  const results = [...members(group.kwargs.tasks)].map(([groupIndex, task]) => {
    const result = freeze(task, { groupId, rootId: merged.root_id, groupIndex }, made.freezing);
    const place = {
      add_to_parent: false,
      group_id: groupId,
      chord: chord ?? task.options.chord ?? null,
    };
    const call = { args: [...args, ...group.args], kwargs, options: { ...shared, ...place } };
    apply(task, call, made);
    return result;
  });
  const [only] = results;
  return results.length === 1 && only?.members ? only : groupNode(groupId, results);
}

function refuseLinks({ link, link_error }: Options): void {
  if (listOf(link).length > 0)
    throw new ImproperlyConfigured('Cannot add link to group: use a chord');
  if (listOf(link_error).length > 0)
    throw new ImproperlyConfigured('Cannot add link to group: do that on individual tasks');
}

/** The tasks of a group and of those in it, each with its index in its own. @see celery.canvas.group._prepared */
function* members(tasks: readonly Draft[]): Generator<readonly [index: number, task: Draft]> {
  for (const [index, task] of tasks.entries()) {
    if (isGroup(task)) yield* members(task.kwargs.tasks);
    else if (!isEmptyChain(task)) yield [index, task];
  }
}

/**
 * Sends the header's members, each with the body beside it; the body itself where the header is empty.
 *
 * @see celery.canvas._chord.apply_async and run
 */
function applyChord(chord: ChordDraft, { args, kwargs, options }: Call, made: Applied): ResultNode {
  const { freezing } = made;
  const { header, body } = chord.kwargs;
  const rootId = 'root_id' in options ? options.root_id : body.options.root_id;
  const { link, link_error, countdown, eta, task_id, ...shared } = { ...chord.options, ...options };
  addBodyCallbacks(body, listOf(link), listOf(link_error));
  // Celery lets the group that a chord stands in replace the group that its body is a part of, which then waits for ever.
  // Nor does a group that is part of no chord itself, as where stand-ins name the chord, replace the chord of the body.
  const place = 'chord' in shared && { chord: shared.chord ?? body.options.chord ?? null };
  body.options = { ...mergeOptions(body.options, without(shared, 'parent_id')), ...place };
  splitBody(body, freezing);
  const groupId = textOption(header.options.task_id) ?? freezing.nextId();
  const id = textOption(task_id) ?? freezing.nextId();
  const result = freeze(body, { id, groupId, rootId }, freezing);
  header.options.task_id = groupId;
  const frozen = freeze(header, { groupId, chord: body, rootId }, freezing);
  result.parent = frozen;
  if (header.kwargs.tasks.length === 0) {
    apply(body, { args: [[]], kwargs: {}, options: {} }, made);
    return result;
  }
  const delay = givenOptions({ countdown, eta });
  const latest = latestEta(header, delay, made.now);
  if (latest && latest.getTime() - made.now > farMs) body.until = latest.getTime() / 1000;
  made.chords.push({
    groupId,
    members: nearResults((frozen.members ?? []).map(resultTuple)),
    body,
    latestEta: latest,
  });
  const call = {
    args: chord.immutable ? chord.args : [...args, ...chord.args],
    kwargs: { ...chord.kwargs.kwargs, ...kwargs },
    options: { ...without(shared, 'chain', 'chord'), ...delay, task_id: groupId },
  };
  result.parent = applyGroup(header, call, made);
  return result;
}

/** Else every part of the header would carry all that is to follow the chord's parts. @see _chain._unroll_chords */
function splitBody(body: Draft, { errbacksOnHeader }: Freezing): void {
  if (!isChain(body)) return;
  body.kwargs.tasks = chainSteps(body.kwargs.tasks, { split: true, errbacksOnHeader });
}
