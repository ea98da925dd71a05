import { ImproperlyConfigured } from '../errors.ts';
import { checkOptions, fairGroup } from '../producer/index.ts';
import type { WireSignature } from '../protocol/task-message.ts';
import { type CallOptions, callOptionForms } from './call-options.ts';
import type { AnySignature } from './signature.ts';

/** Options whose name on the wire is not their own in snake_case: kombu takes these as SQS spells them. */
const irregularNames: Readonly<Record<string, string>> = {
  fairnessKey: 'MessageGroupId',
  messageGroupId: 'MessageGroupId',
  messageDeduplicationId: 'MessageDeduplicationId',
};

/** A signature in the wire's names, as Python workers apply it. @see celery.canvas.Signature */
export function encodeSignature(signature: AnySignature): WireSignature {
  return {
    task: signature.task,
    args: signature.args,
    kwargs: signature.kwargs,
    options: encodeOptions(signature.options),
    subtask_type: null,
    immutable: signature.immutable,
  };
}

/** Every signature in `links`, encoded; null for none, as `embed` has it. */
export function encodeLinks(
  links: AnySignature | readonly AnySignature[] | undefined,
): readonly WireSignature[] | null {
  const list = asList(links);
  return list.length === 0 ? null : list.map((signature) => signature.toJSON());
}

/** Options of a call in the wire's names. @throws ImproperlyConfigured for those that no message, or no queue, can carry */
export function encodeOptions(options: CallOptions): Record<string, unknown> {
  const { messageGroupId, messageDeduplicationId } = options;
  checkOptions(
    { messageGroupId, messageDeduplicationId },
    callOptionForms,
    'option',
    'a signature',
  );
  const encoded: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (name === 'unique') throw notUnique();
    encoded[wireName(name)] = wireValue(name, value);
  }
  return encoded;
}

function wireValue(name: string, value: unknown): unknown {
  if (name === 'link' || name === 'linkError')
    return encodeLinks(value as CallOptions['linkError']);
  return name === 'fairnessKey' && typeof value === 'string' ? fairGroup(value) : value;
}

/** Whoever follows a link is a worker, of any language, and knows nothing of claims. */
function notUnique(): ImproperlyConfigured {
  return new ImproperlyConfigured(
    "A link cannot be unique: take the call option 'unique' away, or send the call from a task",
  );
}

function wireName(name: string): string {
  return irregularNames[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function asList(
  links: AnySignature | readonly AnySignature[] | undefined,
): readonly AnySignature[] {
  if (links === undefined) return [];
  return Array.isArray(links) ? links : [links as AnySignature];
}
