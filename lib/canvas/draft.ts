import type { WireSignature } from '../protocol/index.ts';

/**
 * A signature that planning may change: ids, links and places in groups are written into it. Whatever planning does not
 * change (arguments, links, the rest of a chain) is shared with the signature it was made of.
 */
export interface Draft extends WireSignature {
  args: readonly unknown[];
  kwargs: Record<string, unknown>;
  options: Record<string, unknown>;
  immutable: boolean;
  /** Of a chord's body: the latest start of a part that is known, in Unix seconds, where it is far off; ours. */
  until?: number;
}

/** `celery.chain`: its steps in their natural order. */
export interface ChainDraft extends Draft {
  kwargs: { tasks: Draft[] };
}

/** `celery.group`. */
export interface GroupDraft extends Draft {
  kwargs: { tasks: Draft[] };
}

/** `celery.chord`. */
export interface ChordDraft extends Draft {
  kwargs: { header: GroupDraft; body: Draft; kwargs: Record<string, unknown> };
}

export function isChain(draft: Draft): draft is ChainDraft {
  return draft.subtask_type === 'chain';
}

export function isGroup(draft: Draft): draft is GroupDraft {
  return draft.subtask_type === 'group';
}

export function isChord(draft: Draft): draft is ChordDraft {
  return draft.subtask_type === 'chord';
}

/** Whether it adds no task of its own to a chain. @see celery.canvas._is_empty_group */
export function isEmptyGroup(draft: Draft): boolean {
  return isGroup(draft) && draft.kwargs.tasks.length === 0;
}

/** Whether it adds no task of its own to a group. */
export function isEmptyChain(draft: Draft): boolean {
  return isChain(draft) && draft.kwargs.tasks.length === 0;
}

/** A copy of a checked signature, to be changed. */
export function draftOf(signature: WireSignature): Draft {
  const options = copyOptions(signature.options);
  const { kwargs } = signature;
  switch (signature.subtask_type) {
    case 'chain':
    case 'group':
      return { ...signature, options, kwargs: { tasks: draftsOf(kwargs.tasks) } };
    case 'chord': {
      const header = newGroup(draftsOf(headerTasks(kwargs.header)), idOption(options));
      const body = draftOf(kwargs.body as WireSignature);
      const more = (kwargs.kwargs ?? {}) as Record<string, unknown>;
      return { ...signature, options, kwargs: { kwargs: more, header, body } };
    }
    default:
      return { ...signature, options, kwargs };
  }
}

/** The signature that a draft has become, nothing shared with it that may change; as Python writes one that was not planned. */
export function wireOf(draft: Draft): WireSignature {
  const options = copyOptions(draft.options);
  if (isChain(draft) || isGroup(draft)) {
    return { ...draft, options, kwargs: { tasks: draft.kwargs.tasks.map(wireOf) } };
  }
  if (!isChord(draft)) return { ...draft, options };
  const { header, body, kwargs } = draft.kwargs;
  const parts = { kwargs, header: header.kwargs.tasks.map(wireOf), body: wireOf(body) };
  return { ...draft, options, kwargs: parts };
}

/** A chain of these, as they are. */
export function newChain(tasks: Draft[]): ChainDraft {
  return {
    task: 'celery.chain',
    args: [],
    kwargs: { tasks },
    options: {},
    subtask_type: 'chain',
    immutable: false,
  };
}

/** A group of these, with nothing but these options. */
export function newGroup(tasks: Draft[], options: Record<string, unknown> = {}): GroupDraft {
  return {
    task: 'celery.group',
    args: [],
    kwargs: { tasks },
    options,
    subtask_type: 'group',
    immutable: false,
  };
}

/** A chord of a group's tasks; as in Celery, the group's options are not kept. @see celery.canvas._maybe_group */
export function newChord({ args, kwargs: { tasks } }: GroupDraft, body: Draft): ChordDraft {
  return {
    task: 'celery.chord',
    args,
    kwargs: { kwargs: {}, header: newGroup(tasks), body },
    options: {},
    subtask_type: 'chord',
    immutable: false,
  };
}

/** What stands in a list option such as `link`, where a single value stands for a list of one. */
export function listOf<T = WireSignature>(option: unknown): readonly T[] {
  if (option === null || option === undefined) return [];
  return (Array.isArray(option) ? option : [option]) as readonly T[];
}

function draftsOf(signatures: unknown): Draft[] {
  return (signatures as readonly WireSignature[]).map(draftOf);
}

function headerTasks(header: unknown): unknown {
  if (Array.isArray(header)) return header;
  const signature = header as WireSignature;
  const holdsTasks = signature.subtask_type === 'group' || signature.subtask_type === 'chain';
  return holdsTasks ? signature.kwargs.tasks : [signature];
}

/** Of a signature's options its id alone: that of a chord that was planned before is its header's. */
export function idOption({ task_id }: Record<string, unknown>): Record<string, unknown> {
  return task_id === undefined || task_id === null ? {} : { task_id };
}

/** Lists of links are added to; their signatures are not changed. */
function copyOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const copy = { ...options };
  if ('link' in copy) copy.link = [...listOf(copy.link)];
  if ('link_error' in copy) copy.link_error = [...listOf(copy.link_error)];
  return copy;
}
