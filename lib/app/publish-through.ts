import { BatchSendError, type PublishRequest } from '../producer/index.ts';
import type { Hooks } from './hooks.ts';
import type { PublishCall } from './middleware.ts';

/** A request whose task id is drawn already. */
export interface NamedRequest extends PublishRequest {
  readonly taskId: string;
}

/** Sends one call through hooks, and answers with its task id. */
export async function publishThrough(
  hooks: Hooks,
  request: NamedRequest,
  send: (request: PublishRequest) => Promise<string>,
): Promise<string> {
  let id = request.taskId;
  await hooks.publish(callOf(request), async (call) => {
    id = await send(changed(request, call));
  });
  return id;
}

/**
 * Sends many calls, each through hooks of its own, and yet together: whoever calls `next` waits until all others have,
 * and all are sent at once. Where one throws before that, nothing is sent.
 */
export async function publishTogether(
  hooks: Hooks,
  requests: readonly NamedRequest[],
  sendBatch: (requests: readonly PublishRequest[]) => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const ready: PublishRequest[] = [...requests];
  const gate = new Gate(requests.length, async () => {
    await sendBatch(ready);
  });
  const ended = await Promise.allSettled(
    requests.map(async (request, index) => {
      try {
        await hooks.publish(callOf(request), async (call) => {
          ready[index] = changed(request, call);
          await gate.pass().catch((error: unknown) => rethrowOwn(error, request.taskId));
        });
      } catch (error) {
        gate.refuse(error);
        throw error;
      }
    }),
  );
  await gate.outcome;
  for (const outcome of ended) if (outcome.status === 'rejected') throw outcome.reason;
  return requests.map(({ taskId }) => taskId);
}

/** Opens when all have come, or fails for all when one refuses before. */
class Gate {
  /** How what was done at the opening ended. */
  readonly outcome: Promise<void>;
  #missing: number;
  #open: () => void = () => {};
  #fail: (error: unknown) => void = () => {};

  constructor(members: number, act: () => Promise<void>) {
    this.#missing = members;
    const opened = new Promise<void>((resolve, reject) => {
      this.#open = resolve;
      this.#fail = reject;
    });
    this.outcome = opened.then(act);
    this.outcome.catch(() => {}); // Heard by all who pass, and by whoever awaits the outcome.
    if (members === 0) this.#open();
  }

  async pass(): Promise<void> {
    this.#missing--;
    if (this.#missing === 0) this.#open();
    await this.outcome;
  }

  /** Without effect once it is open. */
  refuse(error: unknown): void {
    this.#fail(error);
  }
}

/** Of a batch that was sent in part, a call hears of its own fate alone. */
function rethrowOwn(error: unknown, taskId: string): void {
  if (!(error instanceof BatchSendError)) throw error;
  const mine = error.unsent.find((one) => one.taskId === taskId);
  if (mine) throw mine.error;
}

function callOf({ task, taskId, args, kwargs, queue, options, parent }: NamedRequest): PublishCall {
  return { task, taskId, args, kwargs, queue, headers: { ...parent?.headers, ...options.headers } };
}

function changed(request: NamedRequest, { headers, queue, taskId }: PublishCall): PublishRequest {
  const exchange = queue === request.queue ? request.exchange : undefined;
  return { ...request, queue, exchange, options: { ...request.options, headers, taskId } };
}
