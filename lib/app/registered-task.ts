import type { Keywords } from '../canvas/index.ts';
import { causeOfFailure } from './cause-of-failure.ts';
import type { Celery } from './celery.ts';
import { requestOfCall } from './request.ts';
import { autoretry } from './retry.ts';
import { type ExecutionContext, runDirectly, runInContext, type Self } from './self.ts';
import type { TaskDefinition } from './task-definition.ts';
import { signalOf } from './task-end.ts';
import type { DefinitionOptions, Once, ResolvedTaskOptions } from './task-options.ts';

/** A task of an application, as its workers run it. */
export interface RegisteredTask {
  readonly name: string;
  readonly options: ResolvedTaskOptions;
  /** It is called with the request and the error of a task that failed. */
  readonly isErrback: boolean;
  /** The handler's arguments: names put at their places, schemas applied. @throws TypeError that names the parameter */
  bind(args: readonly unknown[], kwargs: Keywords): Promise<readonly unknown[]>;
  /** Runs the handler. @throws what it throws */
  run(context: ExecutionContext, handlerArgs: readonly unknown[]): Promise<unknown>;
  /** Calls it as a plain function, names and schemas applied: a part of the run that calls it. */
  call(args: readonly unknown[], kwargs: Keywords): Promise<unknown>;
}

/** A definition with the settings of its application. */
export class AppTask implements RegisteredTask {
  readonly definition: TaskDefinition;
  readonly options: ResolvedTaskOptions;
  readonly #app: Celery;

  constructor(app: Celery, definition: TaskDefinition) {
    this.#app = app;
    this.definition = definition;
    this.options = resolveOptions(app, definition);
  }

  get name(): string {
    return this.definition.name;
  }

  get isErrback(): boolean {
    return this.definition.isErrback ?? false;
  }

  async bind(args: readonly unknown[], kwargs: Keywords): Promise<readonly unknown[]> {
    return await this.definition.arguments.bind({ args, kwargs });
  }

  async run(context: ExecutionContext, handlerArgs: readonly unknown[]): Promise<unknown> {
    try {
      return await runInContext(this.#app, this, context, (self) =>
        this.#isHooked() ? this.#runHooked(self, handlerArgs) : this.#runHandler(self, handlerArgs),
      );
    } catch (error) {
      throw autoretry(causeOfFailure(error, context), context.request, this.options, this.#app);
    }
  }

  async call(args: readonly unknown[], kwargs: Keywords): Promise<unknown> {
    const { name, handler } = this.definition;
    const handlerArgs = await this.bind(args, kwargs);
    const makeRequest = () => requestOfCall(this.#app, name, args);
    return await runDirectly(this.#app, name, makeRequest, (self) =>
      this.options.bind ? handler(self, ...handlerArgs) : handler(...handlerArgs),
    );
  }

  #isHooked(): boolean {
    const { hooks } = this.#app;
    return (
      hooks.wrapsExecute || this.options.beforeStart !== undefined || hooks.hears('taskPrerun')
    );
  }

  #runHandler(self: Self, handlerArgs: readonly unknown[]): unknown {
    const { handler } = this.definition;
    return this.options.bind ? handler(self, ...handlerArgs) : handler(...handlerArgs);
  }

  async #runHooked(self: Self, handlerArgs: readonly unknown[]): Promise<unknown> {
    const { hooks } = this.#app;
    const { request } = self;
    return await hooks.execute(self, async () => {
      await hooks.tell('taskPrerun', signalOf({ task: this, request }));
      await this.options.beforeStart?.(request.id, request.args, request.kwargs);
      return await this.#runHandler(self, handlerArgs);
    });
  }
}

/** A task's own word goes before the setting. */
function onceOf(
  { exactlyOnce, acksLate }: DefinitionOptions,
  taskAcksLate: boolean,
): Once | undefined {
  if (exactlyOnce !== undefined) return 'exactly';
  return (acksLate ?? taskAcksLate) ? undefined : 'atMost';
}

function resolveOptions({ conf }: Celery, { options }: TaskDefinition): ResolvedTaskOptions {
  return {
    bind: options.bind ?? false,
    queue: options.queue ?? conf.taskDefaultQueue,
    ignoreResult: options.ignoreResult ?? conf.taskIgnoreResult,
    storeErrorsEvenIfIgnored: options.storeErrorsEvenIfIgnored ?? conf.taskStoreErrorsEvenIfIgnored,
    trackStarted: options.trackStarted ?? conf.taskTrackStarted,
    expires: options.expires,
    priority: options.priority,
    serializer: options.serializer ?? conf.taskSerializer,
    compression: options.compression ?? conf.taskCompression,
    maxRetries: options.maxRetries === undefined ? 3 : options.maxRetries,
    defaultRetryDelay: options.defaultRetryDelay ?? 180,
    autoretryFor: options.autoretryFor ?? [],
    dontAutoretryFor: options.dontAutoretryFor ?? [],
    retryKwargs: options.retryKwargs ?? {},
    retryBackoff: options.retryBackoff ?? false,
    retryBackoffMax: options.retryBackoffMax ?? 600,
    retryJitter: options.retryJitter ?? true,
    throws: options.throws ?? [],
    softTimeLimit: options.softTimeLimit ?? conf.taskSoftTimeLimit ?? undefined,
    timeLimit: options.timeLimit ?? conf.taskTimeLimit ?? undefined,
    argsrepr: options.argsrepr,
    kwargsrepr: options.kwargsrepr,
    beforeStart: options.beforeStart,
    onSuccess: options.onSuccess,
    onFailure: options.onFailure,
    onRetry: options.onRetry,
    afterReturn: options.afterReturn,
    rateLimit: options.rateLimit ?? null,
    rateLimitKey: options.rateLimitKey,
    once: onceOf(options, conf.taskAcksLate),
  };
}
