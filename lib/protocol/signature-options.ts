import { readsAsDate } from './dates.ts';
import { isObject } from './envelope.ts';
import { fitsItemKey } from './item-keys.ts';
import { notASignature } from './signature.ts';
import { fitsMessageGroup } from './sqs-refusal.ts';
import type { Embed, WireSignature } from './task-message.ts';
import { PlainDate } from './wire-values.ts';

type Form = readonly [expected: string, fits: (value: unknown) => boolean];

const text: Form = ['a text', isText];
const seconds: Form = ['a number of seconds', Number.isFinite];
const group: Form = [
  '1 to 128 letters, digits and punctuation',
  (value) => isText(value) && fitsMessageGroup(value),
];

/** What every sender depends on, whatever the task. Of all else Celery takes what comes, and so do we. */
const forms: Readonly<Record<string, Form>> = {
  task_id: [
    'a text that fits into the key of a result',
    (value) => isText(value) && value !== '' && fitsItemKey(value),
  ],
  root_id: text,
  parent_id: text,
  group_id: text,
  countdown: seconds,
  eta: ['a date', isDate],
  expires: ['a number of seconds or a date', (value) => Number.isFinite(value) || isDate(value)],
  time_limit: seconds,
  soft_time_limit: seconds,
  headers: ['an object', isObject],
  queue: text,
  exchange: text,
  routing_key: text,
  serializer: text,
  compression: text,
  MessageGroupId: group,
  MessageDeduplicationId: group,
  fairness_key: ['a text that is not empty', (value) => isText(value) && value !== ''],
  message_group_id: group,
  message_deduplication_id: group,
};

/**
 * Checks that a signature can be sent when it is its turn, as far as its own options tell: Python finds out only then,
 * and what waits for it waits for ever. A stamp may have the name of an option.
 *
 * @throws DecodeError that names the option: `embed.chain[2].options.eta`
 */
export function checkSendable({ options }: WireSignature, place: string): void {
  const stamps: unknown = options.stamped_headers;
  for (const name in options) {
    const value = options[name];
    const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
    if (form === undefined || value === null || value === undefined || form[1](value)) continue;
    if (Array.isArray(stamps) && stamps.includes(name)) continue;
    throw notASignature(`${place}.options.${name}`, form[0], value);
  }
}

/** As {@link checkSendable}, of all that follows a task, and all in it. @throws DecodeError */
export function checkFollowing({ callbacks, errbacks, chain, chord }: Embed): void {
  checkParts({ callbacks, errbacks, chain, chord }, 'embed');
}

/** As {@link checkSendable}, of a signature that `checkSignature` answered, and all in it. @throws DecodeError */
export function checkAllSendable(signature: WireSignature, place: string): void {
  checkSendable(signature, place);
  const { subtask_type, kwargs, options } = signature;
  const { link, link_error, chain, chord } = options;
  checkParts({ link, link_error, chain, chord }, `${place}.options`);
  const { tasks, header, body } = kwargs;
  if (subtask_type === 'chord') checkParts({ header, body }, `${place}.kwargs`);
  else if (subtask_type !== null) checkParts({ tasks }, `${place}.kwargs`);
}

function checkParts(parts: Readonly<Record<string, unknown>>, place: string): void {
  for (const name in parts) {
    const part = parts[name];
    if (part === null || part === undefined) continue;
    if (!Array.isArray(part)) checkAllSendable(part as WireSignature, `${place}.${name}`);
    else {
      for (const [index, one] of part.entries()) {
        checkAllSendable(one, `${place}.${name}[${index}]`);
      }
    }
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Python writes a datetime, or any text that `isoformat` answers. */
function isDate(value: unknown): boolean {
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  return value instanceof PlainDate || (isText(value) && readsAsDate(value));
}
