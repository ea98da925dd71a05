import { checkShape } from '../producer/index.ts';
import type { WireSignature } from '../protocol/task-message.ts';
import type { AsyncResult } from '../results/async-result.ts';
import type { CallOptions } from './call-options.ts';
import { encodeSignature } from './encode-signature.ts';

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
  send(call: TaskCall): Promise<AsyncResult<unknown>>;
}

/** A signature of whatever task, for places that only keep it. */
export interface AnySignature {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Keywords;
  readonly options: CallOptions;
  readonly immutable: boolean;
  readonly [result]?: unknown;
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
  /** Changes options of this signature, and returns it. */
  set(options: CallOptions<R>): Signature<M, R>;
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

class TaskSignature implements AnySignature {
  readonly task: string;
  readonly args: readonly unknown[];
  readonly kwargs: Keywords;
  readonly immutable: boolean;
  options: CallOptions;
  readonly #sender: Sender;

  constructor(sender: Sender, fields: SignatureFields) {
    this.#sender = sender;
    this.task = fields.task;
    this.args = fields.args;
    this.kwargs = fields.kwargs;
    this.options = fields.options;
    this.immutable = fields.immutable;
  }

  delay(...front: readonly unknown[]): Promise<AsyncResult<unknown>> {
    return this.applyAsync(front);
  }

  async applyAsync(
    front: readonly unknown[] = [],
    given: CallOptions & { kwargs?: Keywords } = {},
  ): Promise<AsyncResult<unknown>> {
    checkShape(this.task, front, given?.kwargs === undefined ? {} : given.kwargs, given);
    const { kwargs, ...options } = given;
    return this.#sender.send({
      task: this.task,
      args: this.immutable ? this.args : [...front, ...this.args],
      kwargs: this.immutable || kwargs === undefined ? this.kwargs : { ...this.kwargs, ...kwargs },
      options: { ...this.options, ...onlyGiven(options) },
    });
  }

  set(options: CallOptions): this {
    this.options = { ...this.options, ...onlyGiven(options) };
    return this;
  }

  toJSON(): WireSignature {
    return encodeSignature(this);
  }
}

/** Without what is undefined: it means "not given" and must not hide a stored option. @see Signature._merge */
function onlyGiven(options: CallOptions): CallOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
