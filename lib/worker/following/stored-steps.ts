import { PayloadError } from '../../errors.ts';
import {
  decodeRestStandIn,
  encodeRestStandIn,
  type RestStandIn,
  type StandInOptions,
  type TaskMessage,
  type WireSignature,
} from '../../protocol/index.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { keptLater } from './chord-in-hand.ts';

/**
 * The message with its next step at the end of its chain, wherever that lies; what comes after stays where it is.
 *
 * @throws PayloadError when the step is gone; OperationalError
 */
export async function withNextStep(
  runtime: WorkerRuntime,
  message: TaskMessage,
): Promise<TaskMessage> {
  const last = message.embed.chain?.at(-1);
  const place = last && decodeRestStandIn(last);
  if (!place) return message;
  const { id, left } = place;
  const steps = await runtime.adapters.nativeCanvas.readSteps({ id, from: left - 1, to: left });
  const [step] = steps ?? [];
  if (!step) throw gone(message);
  const later = left > 1 ? [await restAfter(runtime, place, last.options)] : [];
  const chain = [...(message.embed.chain?.slice(0, -1) ?? []), ...later, step];
  return await withNextStep(runtime, { ...message, embed: { ...message.embed, chain } });
}

/** All steps of a chain, reversed as it is. What is gone stays a stand-in: it has the id that is waited for. */
export async function allSteps(
  runtime: WorkerRuntime,
  chain: readonly WireSignature[],
): Promise<readonly WireSignature[]> {
  const steps: WireSignature[] = [];
  for (const step of chain) {
    const place = decodeRestStandIn(step);
    const stored = place && (await readAll(runtime, place));
    steps.push(...(stored ? await allSteps(runtime, stored) : [step]));
  }
  return steps;
}

/** As {@link allSteps}, of what is to follow a chord's body. */
export async function withAllSteps(
  runtime: WorkerRuntime,
  body: WireSignature,
): Promise<WireSignature> {
  const { chain } = body.options;
  if (!Array.isArray(chain)) return body;
  return { ...body, options: { ...body.options, chain: await allSteps(runtime, chain) } };
}

/** Has the steps after a task last until it can have run. @param start Of the task, in Unix seconds. */
export async function prolongSteps(
  { adapters }: WorkerRuntime,
  { embed }: TaskMessage,
  start: number,
): Promise<void> {
  for (const step of embed.chain ?? []) {
    const place = decodeRestStandIn(step);
    const later = place && keptLater(place.ends, start);
    if (place && later !== undefined) await adapters.nativeCanvas.prolongSteps(place, later);
  }
}

function readAll(
  { adapters }: WorkerRuntime,
  { id, left }: RestStandIn,
): Promise<readonly WireSignature[] | undefined> {
  return adapters.nativeCanvas.readSteps({ id, from: 0, to: left });
}

/** What is left after the next step, kept for as long as it can be needed. */
async function restAfter(
  { adapters, clock }: WorkerRuntime,
  { id, left, ends }: RestStandIn,
  options: WireSignature['options'],
): Promise<WireSignature> {
  const later = keptLater(ends, clock.now() / 1000);
  if (later !== undefined) await adapters.nativeCanvas.prolongSteps({ id, left }, later);
  return encodeRestStandIn({ id, left: left - 1, ends: later ?? ends }, options as StandInOptions);
}

function gone({ id, task }: TaskMessage): PayloadError {
  return new PayloadError(
    `The steps that follow ${task}[${id}] are gone: their time was over, or somebody deleted them`,
  );
}
