import { DecodeError } from '../errors.ts';
import { type Delivery, revokeRecord, type Stamp } from '../ports/index.ts';
import {
  type ControlMessage,
  decodeControlMessage,
  parseRate,
  type RateLimit,
} from '../protocol/index.ts';
import { joinCheck } from './following/join-check.ts';
import { giveBackLater, type Settlement, settle } from './settlement.ts';
import { unpark } from './starting/unpark.ts';
import type { WorkerRuntime } from './worker-runtime.ts';

type Arguments = ControlMessage['arguments'];
type Command = (runtime: WorkerRuntime, args: Arguments, sentAt: number) => Promise<void>;

/** What a worker does when it is told to. Python's remote control has more: the rest is logged and left. */
const commands: ReadonlyMap<string, Command> = new Map([
  ['unpark', (runtime, { task_id }) => unpark(runtime, texts(task_id, 'task_id'))],
  ['revoke', revoke],
  ['revoke_by_stamped_headers', revokeByStampedHeaders],
  ['rate_limit', rateLimit],
  ['join_check', joinCheck],
]);

/** One message of the control queue in, one settlement out. Never throws: what fails comes back later. */
export async function processControl(
  runtime: WorkerRuntime,
  delivery: Delivery,
): Promise<Settlement> {
  const { logger } = runtime;
  const { messageId, receiveCount, sentAt } = delivery;
  try {
    const { method, arguments: args, addressed } = decodeControlMessage(delivery.body);
    const command = commands.get(method);
    if (command && !addressed) await command(runtime, args, sentAt);
    else logger.info('A control message is not for this worker', { messageId, method, addressed });
    return settle;
  } catch (error) {
    if (error instanceof DecodeError) {
      logger.warn('A control message cannot be read and is left out', { messageId, error });
      return settle;
    }
    logger.error('A control message is given back because it failed', { messageId, error });
    return giveBackLater(receiveCount);
  }
}

/** Python's `app.control.revoke` and `AsyncResult.revoke`. @see celery.worker.control.revoke */
async function revoke(runtime: WorkerRuntime, { task_id, terminate }: Arguments): Promise<void> {
  const taskIds = texts(task_id, 'task_id');
  const record = revokeRecord(runtime.clock, terminate === true);
  await runtime.adapters.revocations.revoke({ taskIds, stamps: [] }, record);
  await unpark(runtime, taskIds);
}

/** @see celery.worker.control.revoke_by_stamped_headers */
async function revokeByStampedHeaders(
  { adapters, clock }: WorkerRuntime,
  { headers, terminate }: Arguments,
): Promise<void> {
  const stamps = Array.isArray(headers) ? headers.map(stampInText) : stampsIn(headers);
  await adapters.revocations.revoke(
    { taskIds: [], stamps },
    revokeRecord(clock, terminate === true),
  );
}

/** The command that was sent last counts, in whatever order they arrive. @see celery.worker.control.rate_limit */
async function rateLimit(
  { adapters: { rateClocks } }: WorkerRuntime,
  { task_name, rate_limit }: Arguments,
  sentAt: number,
): Promise<void> {
  if (typeof task_name !== 'string') throw wrong('task_name', 'a text', task_name);
  if (parseRate(rate_limit) === undefined) throw wrong('rate_limit', "a rate: '10/m'", rate_limit);
  await rateClocks.setChange(task_name, { rateLimit: rate_limit as RateLimit, version: sentAt });
}

function stampsIn(headers: unknown): Stamp[] {
  if (typeof headers !== 'object' || headers === null) throw wrong('headers', 'an object', headers);
  return Object.entries(headers).flatMap(([header, values]: [string, unknown]) =>
    [values].flat().map((value) => ({ header, value })),
  );
}

/** `header=value`, as Celery's command line writes it. */
function stampInText(text: unknown): Stamp {
  const [, header = '', value] = /^([^=]*)=([^=]*)/.exec(String(text)) ?? [];
  if (value === undefined) throw wrong('headers', 'texts header=value', text);
  return { header, value };
}

function texts(value: unknown, name: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((one) => typeof one === 'string')) return list;
  throw wrong(name, 'a text or a list of texts', value);
}

function wrong(name: string, expected: string, got: unknown): DecodeError {
  return new DecodeError(
    `Not a control message: expected ${expected} as "${name}", got ${typeof got}`,
  );
}
