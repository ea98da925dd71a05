import { checkShape } from '../producer/index.ts';
import type { WireSignature } from '../protocol/task-message.ts';
import type { AsyncResult } from '../results/async-result.ts';
import type { CallOptions, FollowUp } from './call-options.ts';
import { BaseSignature, CanvasSignature } from './canvas-signature.ts';
import type { ChainOf, CheckSteps } from './canvas-types.ts';
import { draftOf, listOf } from './draft.ts';
import { encodeOptions, encodeSignature } from './encode-signature.ts';
import type { Application } from './plan.ts';
import type { Headers } from './stamp-headers.ts';
import { type Stamping, type StampingVisitor, stamped } from './stamping.ts';

declare const missing: unique symbol;
declare const result: unique symbol;

/** Keyword arguments of a call. */
export type Keywords = Readonly<Record<string, unknown>>;

/** One call of one task, ready to be sent. */
export interface TaskCall {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Keywords;
  readonly options: CallOptions;
}

/** Who sends the calls of signatures: an application. A port, since `app` stands above this room. */
export interface Sender {
  /** Errbacks of a chord go to the tasks of its header, too. @default false, as in Celery */
  readonly linksErrbacksToHeaders?: boolean;
  send(call: TaskCall): Promise<AsyncResult<unknown>>;
  /** Sends a canvas. Answers with a `GroupResult` where the result is a group's. */
  apply(signature: WireSignature, application: Application): Promise<AsyncResult<unknown>>;
  /** Runs a canvas, or a call, in this process; answers as `apply`. */
  applyEagerly(signature: WireSignature, application: Application): Promise<AsyncResult<unknown>>;
}

/** A signature of whatever task, for places that only keep it. */
export interface AnySignature {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Keywords;
  readonly options: CallOptions;
  readonly immutable: boolean;
  readonly [result]?: unknown;
  /** It is one call of one task, without stamps, and needs no plan to be sent. */
  readonly isCall: boolean;
  /** As it travels in messages. @throws ImproperlyConfigured for options no message can carry */
  toJSON(): WireSignature;
}

/**
 * A call of a task as a value: to be sent later, or by someone else.
 *
 * `M` is the union of the argument lists that may still be put in front, `R` what its result resolves to.
 *
 * @see celery.canvas.Signature
 */
export interface Signature<in M extends readonly unknown[] = never, out R = unknown>
  extends AnySignature {
  readonly [missing]?: (front: M) => void;
  readonly [result]?: R;
  /** Sends it, with `front` before the arguments it holds. */
  delay(...front: M): Promise<AsyncResult<R>>;
  /** As `delay`, with options over its own. */
  applyAsync(front?: M, options?: CallOptions<R> & { kwargs?: Keywords }): Promise<AsyncResult<R>>;
  /**
   * Runs it here and now, with all that follows: Celery's `apply()`. What it answers has ended.
   *
   * @see celery.canvas.Signature.apply
   */
  runEagerly(front?: M, options?: CallOptions<R> & { kwargs?: Keywords }): Promise<AsyncResult<R>>;
  /** Changes options of this signature, and returns it. */
  set(options: CallOptions<R> & { immutable?: boolean }): this;
  /** A copy, with options over its own: changing either leaves the other. */
  clone(options?: CallOptions<R>): this;
  /** Adds a callback, which gets the result in front, and returns the callback. */
  link<S extends FollowUp<R>>(callback: S): S;
  /** Adds an errback, and returns the errback. */
  linkError<S extends AnySignature>(errback: S): S;
  /** Adds an errback, and returns this signature. */
  onError(errback: AnySignature): this;
  /**
   * A chain of this and what follows it: Python's `|`. A group and what follows it are a chord.
   *
   * @example add.s(1, 2).pipe(mul.s(3), mul.s(4))
   */
  pipe<const T extends readonly AnySignature[]>(
    ...steps: T extends CheckSteps<T, R> ? T : CheckSteps<T, R>
  ): ChainOf<M, T>;
  /**
   * Stamps every task in it, links included, and returns it.
   *
   * @param stamps By name, or a visitor that makes them.
   * @see celery.canvas.Signature.stamp
   */
  stamp(stamps: Headers | StampingVisitor, stamping?: Stamping): this;
}

/** What a signature holds. */
export interface SignatureFields extends TaskCall {
  /** Takes nothing in front, and no keywords. */
  readonly immutable: boolean;
}

/** A signature whose calls `sender` sends. The types are the caller's promise. */
export function createSignature<M extends readonly unknown[], R>(
  sender: Sender,
  fields: SignatureFields,
): Signature<M, R> {
  return new TaskSignature(sender, fields) as unknown as Signature<M, R>;
}

class TaskSignature extends BaseSignature implements AnySignature {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Keywords;
  immutable: boolean;
  options: CallOptions;
  /** With their names as `stamped_headers`; undefined: it was never stamped. */
  #stamps: Headers | undefined;
  readonly #sender: Sender;

  get isCall(): boolean {
    return this.#stamps === undefined;
  }

  constructor(sender: Sender, fields: SignatureFields, stamps?: Headers) {
    super(sender);
    this.#sender = sender;
    this.task = fields.task;
    this.args = fields.args;
    this.kwargs = fields.kwargs;
    this.options = fields.options;
    this.immutable = fields.immutable;
    this.#stamps = stamps;
  }

  async applyAsync(
    front: readonly unknown[] = [],
    given: CallOptions & { kwargs?: Keywords } = {},
  ): Promise<AsyncResult<unknown>> {
    checkShape(this.task, front, given?.kwargs === undefined ? {} : given.kwargs, given);
    const { kwargs = {}, ...options } = given;
    if (this.#stamps) {
      const call = { args: front, kwargs, options: encodeOptions(onlyGiven(options)) };
      return await this.#sender.apply(this.toJSON(), call);
    }
    return await this.#sender.send({
      task: this.task,
      args: this.immutable ? this.args : [...front, ...this.args],
      kwargs: this.immutable ? this.kwargs : { ...this.kwargs, ...kwargs },
      options: { ...this.options, ...onlyGiven(options) },
    });
  }

  set({ immutable, ...options }: CallOptions & { immutable?: boolean }): this {
    if (immutable !== undefined) this.immutable = immutable;
    this.options = { ...this.options, ...onlyGiven(options) };
    return this;
  }

  clone(options: CallOptions = {}): TaskSignature {
    return new TaskSignature(this.#sender, this, this.#stamps).set(options);
  }

  link<S extends AnySignature>(callback: S): S {
    this.#addTo('link', callback);
    return callback;
  }

  linkError<S extends AnySignature>(errback: S): S {
    this.#addTo('linkError', errback);
    return errback;
  }

  onError(errback: AnySignature): this {
    this.linkError(errback);
    return this;
  }

  stamp(stamps: Headers | StampingVisitor, stamping: Stamping = {}): this {
    const { options } = stamped(draftOf(this.toJSON()), stamps, stamping);
    const names = listOf<string>(options.stamped_headers);
    this.#stamps = {
      stamped_headers: names,
      ...Object.fromEntries(names.map((name) => [name, options[name]])),
    };
    const links = { link: this.#linked(options.link), linkError: this.#linked(options.link_error) };
    this.options = { ...this.options, ...links };
    return this;
  }

  toJSON(): WireSignature {
    const signature = encodeSignature(this);
    return this.#stamps
      ? { ...signature, options: { ...signature.options, ...this.#stamps } }
      : signature;
  }

  #addTo(name: 'link' | 'linkError', signature: AnySignature): void {
    const list = listOf<AnySignature>(this.options[name]);
    if (!list.includes(signature)) this.options = { ...this.options, [name]: [...list, signature] };
  }

  #linked(links: unknown): CallOptions['link'] & CallOptions['linkError'] {
    const list = listOf(links).map((link) => new CanvasSignature(this.#sender, draftOf(link)));
    return list.length === 0 ? undefined : (list as unknown as Signature<[]>[]);
  }
}

/** Without what is undefined: it means "not given" and must not hide a stored option. @see Signature._merge */
function onlyGiven(options: CallOptions): CallOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
