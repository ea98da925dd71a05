import {
  decodeEnvelope,
  decodeTaskMessage,
  envelopeBody,
  type TaskMessage,
} from '../../lib/protocol/index.ts';

/** What the simulator goes by in a task message. */
export interface Decoded {
  readonly id: string;
  /** undefined: it is no task of a canvas. */
  readonly label: string | undefined;
  readonly attempt: number;
  readonly leased: boolean;
  /** Every signature in it whose id is settled, by label. */
  readonly mentioned: readonly (readonly [label: string, id: string])[];
}

/** undefined: it is no task message. */
export function readMessage(body: string): TaskMessage | undefined {
  const plain = body.startsWith('{') ? body : Buffer.from(body, 'base64').toString();
  const envelope = decodeEnvelope(plain);
  if (!('id' in envelope.headers)) return undefined;
  const text = envelopeBody(envelope);
  return decodeTaskMessage(
    envelope,
    JSON.parse(typeof text === 'string' ? text : new TextDecoder().decode(text)),
  );
}

export function decodeMessage(body: string): Decoded | undefined {
  const message = readMessage(body);
  if (!message) return undefined;
  const { id, args, kwargs, retries, leased, embed } = message;
  const mentioned = mentionedIn([args, kwargs.failed_request === undefined ? kwargs : null, embed]);
  return { id, label: labelIn(args, kwargs), attempt: retries, leased, mentioned };
}

/** A task says what it is called in its keywords, an errback that was declared in its last argument. */
export function labelIn(
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): string | undefined {
  const label = kwargs.label ?? args.at(-1);
  return typeof label === 'string' && /^t\d+$/.test(label) ? label : undefined;
}

interface SignatureLike {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly options: { readonly task_id?: unknown };
}

/** Every signature in a value whose id is settled. */
export function mentionedIn(value: unknown): readonly (readonly [label: string, id: string])[] {
  const mentioned: [string, string][] = [];
  collect(value, mentioned);
  return mentioned;
}

function collect(value: unknown, into: [string, string][]): void {
  if (typeof value !== 'object' || value === null) return;
  if ('task' in value && 'options' in value && 'kwargs' in value) {
    const { args, kwargs, options } = value as unknown as SignatureLike;
    const label = labelIn(args, kwargs);
    if (label !== undefined && typeof options.task_id === 'string')
      into.push([label, options.task_id]);
  }
  for (const inner of Object.values(value)) collect(inner, into);
}
