import type { PreparedCanvas } from '../../app/index.ts';
import { derivedIds, planCallbacks, planNextStep } from '../../canvas/index.ts';
import type { ParentTask } from '../../producer/index.ts';
import {
  firstResult,
  type ResultTuple,
  type TaskMessage,
  type WireSignature,
} from '../../protocol/index.ts';
import { isFinished } from '../store-state.ts';
import type { WorkerRuntime } from '../worker-runtime.ts';
import { inModeOf } from './native-mode.ts';
import { withNextStep } from './stored-steps.ts';

/** What follows a success: known before the success is stored, published after. */
export interface Following {
  readonly children: readonly ResultTuple[];
  readonly prepared: PreparedCanvas;
}

/**
 * Plans and checks the callbacks and the next step, with the value in front. Nothing is sent yet: what can never be
 * sent fails the task itself, as in Celery.
 *
 * @throws EncodeError, ImproperlyConfigured, QueueNotFound; PayloadError when the next step is gone
 * @see celery.app.trace._dispatch_callbacks_and_chain
 */
export async function prepareFollowing(
  runtime: WorkerRuntime,
  sent: TaskMessage,
  value: unknown,
  attempt: number,
  { nextStep = true }: { readonly nextStep?: boolean } = {},
): Promise<Following> {
  const { app, clock } = runtime;
  const message = nextStep ? await withNextStep(runtime, sent) : sent;
  const { id, embed } = message;
  const application = { parentId: id, rootId: message.rootId ?? id };
  const context = app.planContext();
  const ids = (place: string) => derivedIds(id, attempt, place);
  const plans = planCallbacks(embed.callbacks ?? [], value, application, ids('callbacks'), context);
  const next = nextStep
    ? planNextStep(embed.chain ?? [], value, application, ids('chain'), context)
    : undefined;
  const made = (next ? [...plans, next] : plans).map((plan) => inModeOf(message, plan, clock));
  return {
    children: made.map(({ result }) => firstResult(result)),
    prepared: await app.preparePlans(made, parentOf(message)),
  };
}

/**
 * Publishes what follows a success that was found stored. A next step whose end is stored is not sent again: its own
 * delivery follows it, and a duplicate does not travel down a whole chain.
 */
export async function followSuccessAgain(
  runtime: WorkerRuntime,
  sent: TaskMessage,
  value: unknown,
  attempt: number,
): Promise<void> {
  const message = await withNextStep(runtime, sent);
  const nextStep = !(await nextStepEnded(runtime, message.embed.chain));
  const { prepared } = await prepareFollowing(runtime, message, value, attempt, { nextStep });
  await prepared.publish({ again: true });
}

async function nextStepEnded(
  { adapters }: WorkerRuntime,
  chain: readonly WireSignature[] | null,
): Promise<boolean> {
  const id = chain && settledId(chain.at(-1));
  if (!id) return false;
  const item = (await adapters.results.read([id])).get(id);
  return item !== undefined && isFinished(item);
}

/** The id that a step's end is stored under: a chord's is its body's. */
function settledId(step: WireSignature | undefined): string | undefined {
  const body = step?.subtask_type === 'chord' ? (step.kwargs.body as WireSignature) : step;
  const id: unknown = body?.options.task_id;
  return typeof id === 'string' ? id : undefined;
}

/** What a task hands on to those that follow it. */
export function parentOf({ id, rootId, headers, priority }: TaskMessage): ParentTask {
  return { id, rootId: rootId ?? id, headers, deliveryInfo: { priority } };
}
