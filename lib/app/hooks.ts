import { inspect } from 'node:util';
import { CeleryError, ImproperlyConfigured } from '../errors.ts';
import type { Logger } from '../ports/index.ts';
import type { Middleware, PublishCall, PublishChanges } from './middleware.ts';
import type { Self } from './self.ts';
import { type SignalListener, type SignalName, type Signals, signalNames } from './signals.ts';

type Listeners = { [N in SignalName]?: readonly SignalListener<N>[] };

/** What listens to an application and wraps its work. Where nobody does, asking costs a look at an empty object. */
export class Hooks {
  readonly #logger: Logger;
  #listeners: Listeners = {};
  #publishers: readonly Middleware[] = [];
  #executors: readonly Middleware[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Answers how to stop listening. @throws ImproperlyConfigured for a name that is no signal's */
  on<N extends SignalName>(name: N, listener: SignalListener<N>): () => void {
    if (!Object.hasOwn(signalNames, name)) {
      throw new ImproperlyConfigured(
        `There is no signal ${inspect(name)}; known are: ${Object.keys(signalNames).join(', ')}`,
      );
    }
    const mine: SignalListener<N> = (signal) => listener(signal);
    this.#set(name, [...(this.#listeners[name] ?? []), mine]);
    return () => this.#set(name, this.#listeners[name]?.filter((one) => one !== mine) ?? []);
  }

  use(middleware: Middleware): void {
    if (middleware.publish) this.#publishers = [...this.#publishers, middleware];
    if (middleware.execute) this.#executors = [...this.#executors, middleware];
  }

  hears(name: SignalName): boolean {
    return this.#listeners[name] !== undefined;
  }

  /** Anything is to happen around a send. */
  get wrapsPublish(): boolean {
    return (
      this.#publishers.length > 0 ||
      this.hears('beforeTaskPublish') ||
      this.hears('afterTaskPublish')
    );
  }

  get wrapsExecute(): boolean {
    return this.#executors.length > 0;
  }

  /** Tells the listeners one after another. Never rejects. */
  async tell<N extends SignalName>(name: N, signal: Signals[N]): Promise<void> {
    for (const listener of this.#listeners[name] ?? []) {
      await this.guard(`A listener of ${name}`, () => listener(signal));
    }
  }

  /** Runs code that may change nothing by failing: its error is logged. */
  async guard(what: string, run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.#logger.error(`${what} failed`, { error });
    }
  }

  /** Sends a call through signals and middleware; `send` is told what they changed. */
  async publish(call: PublishCall, send: (call: PublishCall) => Promise<void>): Promise<void> {
    await throughMiddleware(this.#publishers, call, async (call) => {
      const signal = { ...call, sender: call.task, headers: { ...call.headers } };
      await this.tell('beforeTaskPublish', signal);
      await send({ ...call, headers: signal.headers });
      await this.tell('afterTaskPublish', signal);
    });
  }

  /** Runs a handler through the middleware. */
  async execute(self: Self, run: () => unknown): Promise<unknown> {
    const innermost = async (): Promise<unknown> => await run();
    const wrapped = this.#executors.reduceRight(
      (next, middleware) => async () => await middleware.execute?.(self, onlyOnce(self, next)),
      innermost,
    );
    return await wrapped();
  }

  #set<N extends SignalName>(name: N, listeners: readonly SignalListener<N>[]): void {
    const { [name]: _, ...others } = this.#listeners;
    this.#listeners =
      listeners.length > 0 ? ({ ...others, [name]: listeners } as Listeners) : others;
  }
}

async function throughMiddleware(
  [first, ...others]: readonly Middleware[],
  call: PublishCall,
  send: (call: PublishCall) => Promise<void>,
): Promise<void> {
  if (!first?.publish) return await send(call);
  let passes = 0;
  await first.publish(call, async (changes: PublishChanges = {}) => {
    passes++;
    if (passes > 1) throw misused(call, 'called next more than once');
    await throughMiddleware(others, { ...call, ...changes }, send);
  });
  if (passes === 0) throw misused(call, 'neither called next nor threw');
}

/** A task that runs twice in one start would do its work twice: `next` may be left out, and not repeated. */
function onlyOnce({ request }: Self, next: () => Promise<unknown>): () => Promise<unknown> {
  let passed = false;
  return async () => {
    if (passed) {
      throw new CeleryError(
        `A middleware around the run of ${request.task}[${request.id}] called next more than once`,
      );
    }
    passed = true;
    return await next();
  };
}

/** A message that is dropped, or doubled, without a word is what this library must not do. */
function misused({ task, taskId }: PublishCall, what: string): CeleryError {
  return new CeleryError(`A middleware around the sending of ${task}[${taskId}] ${what}`);
}
