import { type CeleryError, ImproperlyConfigured, isA, OperationalError } from '../../errors.ts';
import { type SlotRequest, type StoredResult, sleep } from '../../ports/index.ts';
import {
  type RateSlot,
  type RateWindow,
  rateSlotHeader,
  rateWindow,
  thrownText,
  withHeader,
} from '../../protocol/index.ts';
import { refuse } from '../incoming.ts';
import { isFifo } from '../plan-batch.ts';
import { refuseDelivery } from '../refuse-delivery.ts';
import type { Settlement } from '../settlement.ts';
import type { Step } from '../step.ts';
import { withPayload } from '../with-payload.ts';
import { park } from './park.ts';

/** What a rate limit says to a task that is about to start. */
export type RateVerdict =
  /** Without a slot: nothing limits it. */
  | { readonly kind: 'start'; readonly slot?: RateSlot }
  /** Its slot has begun; what was read before is some time ago. */
  | { readonly kind: 'waited'; readonly slot: RateSlot }
  | { readonly kind: 'leave'; readonly settlement: Settlement };

/** A slot, and the windows that it is one of. */
interface SlotTurn {
  readonly slot: RateSlot;
  readonly window: RateWindow;
}

/** So much too early a message arrives at most, and so long a worker waits at most. */
const earlyMs = 1000;
/** A message that waits looks again after a minute, whether the rate is still the same ... */
const leastHopMs = 60_000;
/** ... and the more there are before it, the later: so that a long row brings about ten of them a second. */
const hopMsPerTurn = 100;
/** Commands that change the rate while a slot is taken. */
const mostChanges = 5;

/**
 * Has a rate-limited task start inside a slot of its own: waits up to a second for it, or sends the message on so that
 * it arrives right before it, with the slot as header. A message that comes late or again takes another slot.
 *
 * @throws OperationalError
 */
export async function awaitSlot(step: Step, item: StoredResult | undefined): Promise<RateVerdict> {
  const { runtime, runnable } = step;
  const turn = await turnOf(step);
  if (turn === undefined) return { kind: 'start' };
  if (!('slot' in turn)) {
    const refused = refuse(runnable.delivery, turn, runnable.message);
    return { kind: 'leave', settlement: await refuseDelivery(runtime, refused, item) };
  }
  const { slot } = turn;
  const waitMs = slot.from - runtime.clock.now();
  if (waitMs > earlyMs) return { kind: 'leave', settlement: await sendOn(step, turn) };
  if (waitMs <= 0) return { kind: 'start', slot };
  await sleep(runtime.clock, waitMs);
  return { kind: 'waited', slot };
}

/** undefined: nothing limits it. An error: it can never have one. */
async function turnOf(step: Step): Promise<SlotTurn | CeleryError | undefined> {
  const { runtime, runnable } = step;
  const { name } = runnable.task;
  if (isFifo(runnable.delivery.queue)) return fifoRefused(step);
  for (let round = 0; round < mostChanges; round++) {
    const rate = await rateOf(step);
    if (rate === undefined) return undefined;
    const kept = keptSlot(step, rate.version);
    if (kept) return { slot: kept, window: rate.window };
    const key = await keyOf(step);
    if (typeof key !== 'string') return key;
    const slot = await runtime.rateSlots.take({ task: name, key }, rate);
    if (slot) return { slot, window: rate.window };
  }
  throw new OperationalError(
    `The rate limit of ${name} changed ${mostChanges} times while a slot was taken`,
  );
}

/** A rate set by command counts in place of the task's own. */
async function rateOf({
  runtime,
  runnable: { task },
}: Step): Promise<Omit<SlotRequest, 'count'> | undefined> {
  const change = await runtime.rateSlots.change(task.name);
  const window = rateWindow(change ? change.rateLimit : task.options.rateLimit);
  return window && { window, version: change?.version ?? 0 };
}

/** The slot that the message brought: good once, while it lasts, and as long as the rate is the same. */
function keptSlot({ runtime, runnable }: Step, version: number): RateSlot | undefined {
  const { rateSlot } = runnable.message;
  if (rateSlot === null || runnable.delivery.receiveCount > 1) return undefined;
  const isCurrent = rateSlot.version === version && runtime.clock.now() < rateSlot.until;
  return isCurrent ? rateSlot : undefined;
}

/** undefined for arguments that do not fit: the task fails without a start of its handler. */
async function keyOf({ runtime, runnable }: Step): Promise<string | CeleryError | undefined> {
  const { rateLimitKey } = runnable.task.options;
  if (rateLimitKey === undefined) return '';
  const loaded = await withPayload(runtime, runnable);
  if (loaded.kind === 'refused') return loaded.error;
  const { args, kwargs } = loaded.message;
  const bound = await runnable.task.bind(args, kwargs).catch(() => undefined);
  if (bound === undefined) return undefined;
  try {
    const key: unknown = rateLimitKey(...(bound as never[]));
    if (typeof key === 'string') return key;
    if (!isA(key, Promise)) return noKey(runnable.task.name, `returned ${typeof key}`);
    // Nobody waits for it: were it not heard, its rejection would end the process.
    key.catch(() => {});
    return noKey(runnable.task.name, 'returned a promise');
  } catch (error) {
    return noKey(runnable.task.name, `threw ${thrownText(error)}`, error);
  }
}

function noKey(task: string, did: string, cause?: unknown): CeleryError {
  return new ImproperlyConfigured(
    `The rateLimitKey of ${task} ${did}; expected a text. Mend it, then send the message back.`,
    { cause },
  );
}

function fifoRefused({ runnable: { task, delivery } }: Step): CeleryError {
  return new ImproperlyConfigured(
    `${task.name} has a rateLimit, but '${delivery.queue}' is a FIFO queue, where SQS delays no single message. ` +
      'Send it to a standard queue, or take the rate limit away.',
  );
}

/** The slot goes along, and is the same when the message looks again: waiting costs no writes. */
async function sendOn(step: Step, turn: SlotTurn): Promise<Settlement> {
  const { slot } = turn;
  const { runtime, runnable } = step;
  const { delivery } = runnable;
  const body = withHeader(delivery.body, rateSlotHeader, JSON.stringify(slot)) ?? delivery.body;
  return await park(
    runtime,
    { ...runnable, delivery: { ...delivery, body } },
    new Date(slot.from - earlyMs),
    { hopMs: hopOf(step, turn) },
  );
}

/** How long it waits before it looks again. */
function hopOf({ runtime }: Step, { slot, window }: SlotTurn): number {
  const turnsAhead = ((slot.from - runtime.clock.now()) * 1000) / window.intervalMicros;
  return Math.max(leastHopMs, turnsAhead * hopMsPerTurn);
}
