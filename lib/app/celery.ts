import { hostname } from 'node:os';
import { inspect } from 'node:util';
import {
  type AnySignature,
  type Application,
  type CanvasPlan,
  callOptionForms,
  createSignature,
  isSignature,
  type PlanContext,
  planCanvas,
  type Sender,
  type Signature,
  signatureFrom,
  type TaskCall,
} from '../canvas/index.ts';
import { ImproperlyConfigured } from '../errors.ts';
import {
  type Adapters,
  type Clock,
  type Logger,
  type Random,
  systemClock,
  systemRandom,
} from '../ports/index.ts';
import {
  checkOptions,
  type Destination,
  flag,
  type ParentTask,
  Producer,
  Router,
} from '../producer/index.ts';
import { type ResultTuple, taskResultTuple, type WireSignature } from '../protocol/index.ts';
import { type AsyncResult, type GroupResult, groupCodec, Results } from '../results/index.ts';
import { callMethods, callOf, type SignatureOptions } from './call-methods.ts';
import { routeCall } from './call-route.ts';
import { CallSender } from './call-sender.ts';
import { CanvasSender, type PreparedCanvas } from './canvas-sender.ts';
import { type CeleryOptions, celeryOptionForms, warningsLogger } from './celery-options.ts';
import { withTaskId } from './children.ts';
import { loadConnect } from './connector.ts';
import { Control } from './control.ts';
import { createTask } from './create-task.ts';
import { eagerCall } from './eager.ts';
import { type EagerSending, EagerWorkflow } from './eager-workflow.ts';
import { Engine } from './engine.ts';
import { defineErrback, type ErrbackHandler } from './errback.ts';
import { Hooks } from './hooks.ts';
import type { Middleware } from './middleware.ts';
import { checkCall, type PublishDefaults } from './publish-request.ts';
import type { RegisteredTask } from './registered-task.ts';
import { Registry } from './registry.ts';
import { currentContext } from './self.ts';
import { resolveSettings, type Settings } from './settings.ts';
import type { SignalListener, SignalName } from './signals.ts';
import { SwitchablePorts, type TimeAndChance } from './switchable-ports.ts';
import type {
  DefineTask,
  RefDefaults,
  RefDefaultsOf,
  Task,
  TaskRef,
  TypedProducer,
  UntypedOptions,
} from './task.ts';
import { defineTask, type TaskHandler } from './task-definition.ts';
import type { DefinitionOptions } from './task-options.ts';

/** The results of signatures, in their order. */
export type ResultsOf<S extends readonly Signature<[], unknown>[]> = {
  -readonly [K in keyof S]: AsyncResult<S[K] extends Signature<never, infer R> ? R : never>;
};

/**
 * An application: its tasks, its settings, and the queues and tables it works with, which are looked for at the first
 * send or read.
 *
 * @example
 * export const app = new Celery('shop');
 * export const add = app.task('shop.add', (x: number, y: number) => x + y);
 * const result = await add.delay(2, 3);
 * @see celery.app.base.Celery
 */
export class Celery implements Sender {
  /** The application's name. */
  readonly main: string;
  /** All settings, those not given at Celery's defaults. */
  readonly conf: Settings;
  /** Where calls go, by this application's queues, exchanges and routes: for worker hosts. */
  readonly router: Router;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The name of this machine. */
  readonly hostname: string;
  /** Commands to this application's workers: revokes and rate limits. */
  readonly control: Control;
  /** Writes a task of this application. */
  readonly task: DefineTask;
  /** What listens to this application and wraps its work: for worker hosts. `on` and `use` add to it. */
  readonly hooks: Hooks;
  readonly #ports: SwitchablePorts;
  readonly #publishDefaults: PublishDefaults;
  readonly #registry: Registry;
  readonly #engine: Engine;
  readonly #results: Results;
  readonly #producer: Producer;
  readonly #calls: CallSender;
  readonly #canvas: CanvasSender;

  /** @throws ImproperlyConfigured for unknown settings, values that do not fit, and tasks that are none */
  constructor(main: string, options: CeleryOptions = {}) {
    checkOptions(options, celeryOptionForms, 'setting', `app '${main}'`);
    this.main = main;
    this.conf = resolveSettings(main, options);
    this.router = new Router(this.conf, options.taskDefaultQueue);
    this.#publishDefaults = { router: this.router, conf: this.conf };
    this.#ports = new SwitchablePorts({
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
    });
    this.clock = this.#ports.clock;
    this.random = this.#ports.random;
    this.logger = options.logger ?? warningsLogger;
    this.hooks = new Hooks(this.logger);
    this.hostname = hostname();
    this.task = this.#defineTask.bind(this) as DefineTask;
    this.#engine = new Engine(options, () => this.#connect(options));
    this.control = new Control({ adapters: () => this.adapters(), clock: this.clock });
    this.#results = new Results({
      backend: () => this.#engine.results(),
      blobs: () => this.#engine.blobs(),
      serializer: this.conf.resultSerializer,
      clock: this.clock,
      insideTask: () => currentContext()?.request.isEager === false,
      assertOpen: () => currentContext()?.assertOpen(),
      revoke: (ids, options) => this.control.revoke(ids, options),
      groups: async () => (await this.adapters()).groups,
      resultExpires: this.conf.resultExpires,
    });
    this.#producer = new Producer({
      broker: () => this.#engine.broker(),
      fanout: async () => (await this.#engine.adapters()).fanout,
      blobs: () => this.#engine.blobs(),
      uniqueClaims: async () => (await this.#engine.adapters()).uniqueClaims,
      largePayloads: this.conf.largePayloads,
      clock: this.clock,
      random: this.random,
      origin: `gen${process.pid}@${this.hostname}`,
    });
    this.#registry = new Registry(this);
    this.#registry.addSources(options.tasks ?? []);
    this.#calls = new CallSender({
      tasks: this.#registry.tasks,
      defaults: this.#publishDefaults,
      hooks: this.hooks,
      producer: this.#producer,
      results: this.#results,
      random: this.random,
    });
    this.#canvas = new CanvasSender({
      adapters: () => this.#engine.adapters(),
      clock: this.clock,
      random: this.random,
      planContext: () => this.planContext(),
      mode: this.conf.canvasMode,
      tasks: this.#registry.tasks,
      defaults: this.#publishDefaults,
      producer: this.#producer,
      calls: this.#calls,
    });
  }

  /** @see Celery's `task_allow_error_cb_on_chord_header` */
  get linksErrbacksToHeaders(): boolean {
    return this.conf.taskAllowErrorCbOnChordHeader;
  }

  /** The tasks that this application's workers run, by name. */
  get tasks(): ReadonlyMap<string, RegisteredTask> {
    return this.#registry.tasks;
  }

  /**
   * Listens to a signal of Celery's, in the producer or worker of this process. Listeners are awaited; what one throws is
   * logged and changes nothing. Answers how to stop listening.
   *
   * @throws ImproperlyConfigured for a name that is no signal's
   * @example app.on('taskFailure', ({ sender, taskId, exception }) => alarm(sender, taskId, exception));
   * @see celery.signals
   */
  on<N extends SignalName>(name: N, listener: SignalListener<N>): () => void {
    return this.hooks.on(name, listener);
  }

  /**
   * Wraps what this application sends and runs; the middleware that was added first is the outermost.
   *
   * @example app.use({ execute: (self, next) => timed(self.name, next) });
   */
  use(middleware: Middleware): this {
    this.hooks.use(middleware);
    return this;
  }

  /**
   * Writes an errback: a task that other tasks name in `linkError`, called with the request and the error of one that
   * failed. It runs from a message of its own, once, wherever this application's workers run.
   *
   * @example
   * const onError = app.errback('shop.on_error', (request, exc) => alarm(request.id, exc));
   * await sendEmail.applyAsync(['me', 'hello'], { linkError: onError.s() });
   */
  errback(name: string, handler: ErrbackHandler): Task<string, readonly unknown[], unknown> {
    const definition = defineErrback(name, handler);
    this.#registry.add(definition);
    return createTask(definition, () => this) as Task<string, readonly unknown[], unknown>;
  }

  /**
   * A task that lives elsewhere, by its type and name: nothing of its worker is bundled with the producer.
   *
   * @param defaults Options of every call. A task with a schema `kwargs` needs `takesKeywords: true`.
   * @example const mail = app.ref<typeof sendEmail>('shop.send_email', { queue: 'mail' });
   */
  ref<T extends { readonly name: string }>(
    name: T['name'],
    ...[defaults = {}]: RefDefaultsOf<T>
  ): TaskRef<T> {
    const { takesKeywords = false, ...options }: RefDefaults = defaults;
    checkOptions(defaults, refForms, 'option', `ref('${name}')`);
    const callee = { name, takesKeywords, defaults: options };
    return { name, ...callMethods(callee, this) } as unknown as TaskRef<T>;
  }

  /**
   * This application as a producer that knows the tasks of a module by type alone.
   *
   * @example await app.typed<typeof import('@acme/worker/tasks')>().sendTask('shop.add', [1, 2]);
   */
  typed<M>(): TypedProducer<M> {
    return this as unknown as TypedProducer<M>;
  }

  /** Sends a call by name: any language may run it. Throws as `Task.delay`. @see celery.app.base.Celery.send_task */
  async sendTask<R = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: UntypedOptions = {},
  ): Promise<AsyncResult<R>> {
    return (await this.send(callOf(byName(name), args, options))) as AsyncResult<R>;
  }

  /**
   * Sends many calls, ten in a request. Everything is checked before anything is sent.
   *
   * @throws BatchSendError when queues did not take all of them; else throws as `Task.delay`
   */
  async sendBatch<const S extends readonly Signature<[], unknown>[]>(
    signatures: S,
  ): Promise<ResultsOf<S>> {
    checkSignatures(signatures);
    return (await this.#sendAll(signatures)) as unknown as ResultsOf<S>;
  }

  async #sendAll(signatures: readonly AnySignature[]): Promise<readonly AsyncResult[]> {
    const areCalls = signatures.every(({ isCall }) => isCall);
    if (this.conf.taskAlwaysEager) {
      return await Promise.all(
        signatures.map((one) => (one.isCall ? this.send(one) : this.apply(one.toJSON()))),
      );
    }
    if (areCalls) return await this.#calls.sendBatch(signatures);
    const results = await this.#canvas.applyAll(signatures.map((one) => one.toJSON()));
    return results.map((result) => this.#results.resultFromTuple(result));
  }

  /** A call by name, as a value. @see celery.canvas.signature */
  signature<R = unknown>(
    name: string,
    args: readonly unknown[] = [],
    options: SignatureOptions = {},
  ): Signature<readonly unknown[], R> {
    const { immutable = false, ...call } = options;
    return createSignature(this, { ...callOf(byName(name), args, call), immutable });
  }

  /**
   * A signature from its JSON, whichever language wrote it, to be sent by this application.
   *
   * @param json Parsed, or as text.
   * @throws DecodeError that says which part is no signature
   */
  signatureFrom<R = unknown>(json: unknown): Signature<readonly unknown[], R> {
    return signatureFrom(this, json);
  }

  /** The result of a task, by its id; reads nothing yet. */
  AsyncResult<T = unknown>(id: string): AsyncResult<T> {
    return this.#results.asyncResult<T>(id, { workflow: currentContext()?.workflow });
  }

  /**
   * The results of a group that `GroupResult.save` saved under its id, here or in Python; undefined where there is none.
   *
   * @throws OperationalError, DecodeError
   * @see celery.result.GroupResult.restore
   */
  restoreGroup<T extends readonly unknown[] = readonly unknown[]>(
    id: string,
  ): Promise<GroupResult<T> | undefined> {
    return this.#results.restoreGroup<T>(id);
  }

  /** Sends one call: what `delay`, `applyAsync` and signatures come down to. Throws as `Task.delay`. */
  async send(call: TaskCall): Promise<AsyncResult> {
    const task = this.#registry.tasks.get(call.task);
    if (this.conf.taskAlwaysEager) {
      if (task) return await this.#run(call, { asSent: true });
      this.logger.warn(`taskAlwaysEager: '${call.task}' is no task of this app, so it is sent`);
    }
    return await this.#calls.send(call);
  }

  /** Runs one call here and now: what `Task.runEagerly` comes down to. @see celery.app.task.Task.apply */
  async runEagerly(call: TaskCall): Promise<AsyncResult> {
    return await this.#run(call, { asSent: false });
  }

  /** Sends a canvas: what `delay` and `applyAsync` of signatures come down to. Throws as `Task.delay`. */
  async apply(signature: WireSignature, application: Application = {}): Promise<AsyncResult> {
    if (this.conf.taskAlwaysEager) {
      return await this.#applyHere(signature, application, { asSent: true });
    }
    return this.#results.resultFromTuple(await this.#canvas.apply(signature, application));
  }

  /** Runs a canvas here and now: what `Signature.runEagerly` comes down to. @see celery.canvas.Signature.apply */
  async applyEagerly(
    signature: WireSignature,
    application: Application = {},
  ): Promise<AsyncResult> {
    return await this.#applyHere(signature, application, { asSent: false });
  }

  /**
   * Checks plans of canvas so that they can be sent: for worker hosts.
   *
   * @param parent On whose behalf they are sent. @default the running task
   */
  async preparePlans(
    plans: readonly CanvasPlan[],
    parent: ParentTask | undefined = currentContext()?.request,
  ): Promise<PreparedCanvas> {
    return await this.#canvas.prepare(plans, parent);
  }

  /** What planning a canvas now goes by. */
  planContext(): PlanContext {
    const { taskAllowErrorCbOnChordHeader } = this.conf;
    return { now: new Date(this.clock.now()), taskAllowErrorCbOnChordHeader };
  }

  /** What a tuple refers to: a `GroupResult` where it has members. @see celery.result.result_from_tuple */
  resultFromTuple<T = unknown>(tuple: ResultTuple): AsyncResult<T> {
    return this.#results.resultFromTuple<T>(tuple);
  }

  /** Where calls of a task go that say nothing about it themselves. @throws as `Router.destination` */
  destinationOf(name: string): Destination {
    const call = { task: name, args: [], kwargs: {}, options: {} };
    return routeCall(call, {}, this.#registry.tasks.get(name), this.router).destination;
  }

  /**
   * The adapters of this application's engine, connected at first use.
   *
   * @throws ImproperlyConfigured without endpoints; in a handler whose run was left, why it was
   */
  async adapters(): Promise<Adapters> {
    currentContext()?.assertOpen();
    return await this.#engine.adapters();
  }

  /** Works with these adapters, and by this time and chance, from now on: for worker hosts and tests. */
  useAdapters(adapters: Adapters, ports: Partial<TimeAndChance> = {}): void {
    this.#ports.use(ports);
    this.#engine.use(adapters);
  }

  /** Ends connections, and an in-process worker. The next use connects again. */
  async close(): Promise<void> {
    await this.#engine.close();
  }

  #defineTask(name: string, ...rest: [TaskHandler] | [DefinitionOptions, TaskHandler]): object {
    const [options, handler] = rest.length === 1 ? [{}, rest[0]] : rest;
    const definition = defineTask(name, options, handler);
    this.#registry.add(definition);
    return createTask(definition, () => this);
  }

  async #connect({ endpoints, engine }: CeleryOptions): Promise<Adapters> {
    const connect = await loadConnect();
    return await connect({
      ...(endpoints !== undefined && { endpoints }),
      ...(engine !== undefined && { engine }),
      environment: process.env,
      keyPrefix: this.conf.resultBackendTransportOptions.globalKeyprefix ?? '',
      groupCodec: groupCodec(this.conf),
      clock: this.clock,
      random: this.random,
      app: this,
    });
  }

  async #run(call: TaskCall, how: EagerSending): Promise<AsyncResult> {
    const task = this.#registry.tasks.get(call.task);
    if (!task) throw new ImproperlyConfigured(`'${call.task}' is no task of app '${this.main}'`);
    await checkCall(call, task);
    const eager = eagerCall(withTaskId(call, this.random), currentContext()?.request);
    const workflow = new EagerWorkflow(this, how);
    await workflow.run(eager, currentContext()?.request.headers ?? {});
    return this.#ended(workflow, taskResultTuple(eager.options.taskId), how);
  }

  async #applyHere(
    signature: WireSignature,
    application: Application,
    how: EagerSending,
  ): Promise<AsyncResult> {
    const parent = currentContext()?.request;
    const within = { ...application, parentId: parent?.id, rootId: parent?.rootId };
    const plan = planCanvas(signature, within, () => this.random.uuid(), this.planContext());
    const workflow = new EagerWorkflow(this, how);
    await workflow.runPlan(plan, parent?.headers ?? {});
    return this.#ended(workflow, plan.result, how);
  }

  #ended({ ends, firstError }: EagerWorkflow, tuple: ResultTuple, how: EagerSending): AsyncResult {
    if (how.asSent && this.conf.taskEagerPropagates && firstError) throw firstError.error;
    return this.#results.resultFromTuple(tuple, ends);
  }
}

/** @throws ImproperlyConfigured for what only JavaScript lets through */
function checkSignatures(signatures: unknown): void {
  if (Array.isArray(signatures) && signatures.every(isSignature)) return;
  throw new ImproperlyConfigured(
    `sendBatch expects a list of signatures such as add.s(1, 2), got ${inspect(signatures, { depth: 1 })}`,
  );
}

const refForms = { ...callOptionForms, takesKeywords: flag };

/** A task of which nothing but the name is known. */
function byName(name: string): Parameters<typeof callOf>[0] {
  return { name, takesKeywords: false, defaults: {} };
}
