import { DecodeError } from '../errors.ts';
import { toDeadGeneration } from './broken-message.ts';
import { type Envelope, isObject, kindOf } from './envelope.ts';
import { fitsItemKey } from './item-keys.ts';
import { leaseHeader } from './lease-header.ts';
import {
  decodeArgs,
  decodeKwargs,
  decodeProperties,
  MessageFields,
  withoutKeys,
} from './message-fields.ts';
import { nativeHeader } from './native-canvas.ts';
import {
  decodePayloadReference,
  referenceContentType,
  referenceHeader,
} from './payload-reference.ts';
import { reprArgs, reprKwargs } from './python-repr.ts';
import { decodeRateSlot, rateSlotHeader } from './rate-slot.ts';
import type { TaskMessage } from './task-message.ts';

/** Those with a field of their own; `compression` told how this one body was packed. */
export const ownHeaders: ReadonlySet<string> = new Set([
  'lang',
  'task',
  'id',
  'shadow',
  'eta',
  'expires',
  'group',
  'group_index',
  'retries',
  'timelimit',
  'root_id',
  'parent_id',
  'argsrepr',
  'kwargsrepr',
  'origin',
  'ignore_result',
  'replaced_task_nesting',
  'stamped_headers',
  'stamps',
  'dead_generation',
  leaseHeader,
  nativeHeader,
  referenceHeader,
  rateSlotHeader,
  'compression',
]);

/**
 * Reads protocol 2: everything about the call in headers, `[args, kwargs, embed]` as body. As for Python, `task` and
 * `id` are the only headers that must be there.
 *
 * @throws DecodeError
 * @see celery.worker.request.Request
 */
export function decodeProtocol2(envelope: Envelope, body: unknown): TaskMessage {
  const headers = new MessageFields(envelope.headers, 'header');
  const [args, kwargs, embed] = decodeBody(body);
  const id = decodeId(headers);
  return {
    task: headers.required('task'),
    id,
    args,
    kwargs,
    embed: new MessageFields(embed, 'embed').embed(),
    lang: headers.shown('lang') ?? 'py',
    shadow: headers.shown('shadow'),
    eta: headers.date('eta'),
    expires: headers.date('expires'),
    group: headers.shown('group'),
    groupIndex: headers.integer('group_index'),
    retries: headers.count('retries'),
    ...headers.timeLimits(),
    rootId: headers.shown('root_id'),
    parentId: headers.shown('parent_id'),
    argsrepr: headers.shown('argsrepr') ?? reprArgs(args),
    kwargsrepr: headers.shown('kwargsrepr') ?? reprKwargs(kwargs),
    origin: headers.shown('origin'),
    ignoreResult: headers.truth('ignore_result'),
    replacedTaskNesting: headers.count('replaced_task_nesting'),
    stampedHeaders: headers.texts('stamped_headers'),
    stamps: headers.stamps(),
    deadGeneration: toDeadGeneration(envelope.headers.dead_generation),
    leased: headers.truth(leaseHeader) ?? false,
    native: headers.truth(nativeHeader) ?? false,
    rateSlot: decodeRateSlot(envelope.headers[rateSlotHeader]),
    reference:
      envelope.contentType === referenceContentType
        ? decodePayloadReference(envelope.headers[referenceHeader])
        : null,
    headers: withoutKeys(envelope.headers, ownHeaders),
    ...decodeProperties(envelope.properties, id),
  };
}

/** The message with a body that came by another way than its envelope. @throws DecodeError */
export function withBody(message: TaskMessage, body: unknown): TaskMessage {
  const [args, kwargs, embed] = decodeBody(body);
  return { ...message, args, kwargs, embed: new MessageFields(embed, 'embed').embed() };
}

function decodeId(headers: MessageFields): string {
  const id = headers.required('id');
  if (fitsItemKey(id)) return id;
  throw new DecodeError(
    `Not a task: expected an id that fits into the key of a result in DynamoDB, got one of ${id.length} characters: '${id.slice(0, 40)}...'`,
  );
}

type Body = [readonly unknown[], Readonly<Record<string, unknown>>, Record<string, unknown>];

function decodeBody(body: unknown): Body {
  if (!Array.isArray(body) || body.length !== 3) {
    const got = Array.isArray(body) ? `a list of ${body.length}` : kindOf(body);
    throw new DecodeError(`Not a task: expected [args, kwargs, embed] as body, got ${got}`);
  }
  const [args, kwargs, embed] = body as unknown[];
  if (embed !== null && !isObject(embed)) {
    throw new DecodeError(`Not a task: expected an object as embed, got ${kindOf(embed)}`);
  }
  return [decodeArgs(args), decodeKwargs(kwargs), embed ?? {}];
}
