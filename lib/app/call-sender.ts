import type { TaskCall } from '../canvas/index.ts';
import type { Random } from '../ports/index.ts';
import { BatchSendError, type Producer } from '../producer/index.ts';
import type { AsyncResult, Results } from '../results/index.ts';
import { Children, withTaskId } from './children.ts';
import type { Hooks } from './hooks.ts';
import {
  checkCalls,
  checkUnique,
  type PublishDefaults,
  publishRequest,
} from './publish-request.ts';
import { type NamedRequest, publishThrough, publishTogether } from './publish-through.ts';
import type { AppTask } from './registered-task.ts';
import { currentContext } from './self.ts';

/** What calls are sent with. */
export interface CallSenderOptions {
  /** Those of the application, by name; a call of any other is sent all the same. */
  readonly tasks: ReadonlyMap<string, AppTask>;
  readonly defaults: PublishDefaults;
  readonly hooks: Hooks;
  readonly producer: Producer;
  readonly results: Results;
  readonly random: Random;
}

type Send = (requests: readonly NamedRequest[]) => Promise<readonly string[]>;

/** Checks calls, makes what is published of them, and sends that through the application's hooks. */
export class CallSender {
  readonly #options: CallSenderOptions;

  constructor(options: CallSenderOptions) {
    this.#options = options;
  }

  /** @throws as `Task.delay` */
  async send(call: TaskCall): Promise<AsyncResult> {
    const [result] = await this.#publish([call], async ([request]) =>
      request ? [await this.#sendOne(request)] : [],
    );
    return result as AsyncResult;
  }

  /** Ten in a request. Everything is checked before anything is sent. @throws BatchSendError; else as `Task.delay` */
  async sendBatch(calls: readonly TaskCall[]): Promise<AsyncResult[]> {
    return await this.#publish(calls, (requests) => this.sendTogether(requests));
  }

  /** Sends requests that are ready, packed; answers with their task ids. @throws BatchSendError; OperationalError */
  async sendTogether(requests: readonly NamedRequest[]): Promise<readonly string[]> {
    const { hooks, producer } = this.#options;
    return hooks.wrapsPublish
      ? await publishTogether(hooks, requests, (ready) => producer.sendBatch(ready))
      : await producer.sendBatch(requests);
  }

  async #sendOne(request: NamedRequest): Promise<string> {
    const { hooks, producer } = this.#options;
    return hooks.wrapsPublish
      ? await publishThrough(hooks, request, (one) => producer.send(one))
      : await producer.send(request);
  }

  /** The running task has the calls as children in the order in which it made them. */
  async #publish(calls: readonly TaskCall[], send: Send): Promise<AsyncResult[]> {
    const { tasks, defaults, results, random } = this.#options;
    currentContext()?.assertOpen();
    const named = calls.map((call) => withTaskId(call, random));
    const children = new Children(named.map(({ options }) => options.taskId));
    try {
      await checkCalls(named, tasks);
      const requests = named.map((call) => publishRequest(call, tasks.get(call.task), defaults));
      for (const request of requests) checkUnique(request, defaults.conf);
      const ids = await send(requests);
      children.become(ids);
      return ids.map((id, index) =>
        results.asyncResult(id, { ignored: requests[index]?.ignoreResult === true }),
      );
    } catch (error) {
      children.keepOnly(error instanceof BatchSendError ? error.sent : []);
      throw error;
    }
  }
}
