import type {
  CallOptions,
  ChunksSignature,
  Immutable,
  Keywords,
  Missing,
  Prefixes,
  Resolved,
  Signature,
  Suffixes,
} from '../canvas/index.ts';
import type { AsyncResult } from '../results/index.ts';
import type { SignatureOptions } from './call-methods.ts';
import type {
  AnyHandler,
  CallArgs,
  CallKeywords,
  Handler,
  TakesKeywords,
} from './handler-types.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { ArgumentOptions, TaskOptions } from './task-options.ts';

/** A task of whatever shape, for places that only name it. */
export interface AnyTask {
  readonly name: string;
  delay(...args: never[]): unknown;
}

declare const shape: unique symbol;

/** What the type of a task says about it. */
export interface TaskShape<N, A, R, KW> {
  readonly name: N;
  readonly args: A;
  readonly result: R;
  readonly keywords: KW;
}

/** A type that says what task it is. */
interface Shaped<N, A, R, KW> {
  readonly [shape]?: TaskShape<N, A, R, KW>;
}

/**
 * What can be sent: a task, here or elsewhere.
 *
 * `N` is its literal name, `A` the arguments callers give, `R` what its handler returns, `KW` the arguments that may
 * be given by name.
 */
export interface SendableTask<
  N extends string,
  A extends readonly unknown[],
  R,
  KW = Record<string, unknown>,
> extends Shaped<N, A, R, KW> {
  readonly name: N;
  /**
   * Sends a call.
   *
   * @throws ImproperlyConfigured, EncodeError, QueueNotFound, or TypeError by a schema: before anything is sent
   * @throws OperationalError when the queue did not take it
   */
  delay(...args: A): Promise<AsyncResult<Resolved<R>>>;
  /** Sends a call, with options; arguments may be given by name where the task has `params` or a schema. Throws as `delay`. */
  applyAsync(...call: ApplyArgs<A, R, KW>): Promise<AsyncResult<Resolved<R>>>;
  /** A call as a value. It may hold the last arguments alone: what goes before it puts the first ones in front. */
  s<S extends BoundArgs<A, KW>>(...args: S): Signature<Missing<A, S>, Resolved<R>>;
  /** A call as a value to which nothing is added. */
  si(...args: A): Signature<[] | [unknown], Resolved<R>>;
  /** As `s`, with options and keyword arguments. */
  signature<S extends BoundArgs<A, KW>>(
    args: S,
    options?: SignatureOptions<Resolved<R>>,
  ): Signature<Missing<A, S>, Resolved<R>>;
  /** One task that runs this one for each item in turn, and answers with the list of results. @see celery.app.task.Task.map */
  map(items: Iterable<A[0]>): Signature<Immutable, Resolved<R>[]>;
  /** As `map`, each item being the list of all arguments. */
  starmap(items: Iterable<A>): Signature<Immutable, Resolved<R>[]>;
  /**
   * As `starmap`, in tasks of `size` items each.
   *
   * @throws ImproperlyConfigured unless `size` is a whole number from 1 on
   * @see celery.canvas.chunks
   */
  chunks(items: Iterable<A>, size: number): ChunksSignature<Resolved<R>>;
}

/**
 * A task: a function that runs here and now when called as one, and elsewhere when sent.
 *
 * `N` is its literal name, `A` the arguments callers give, `R` what its handler returns, `KW` the arguments that may
 * be given by name.
 *
 * @see celery.app.task.Task
 */
export interface Task<
  N extends string,
  A extends readonly unknown[],
  R,
  KW = Record<string, unknown>,
> extends SendableTask<N, A, R, KW> {
  /** Runs the handler here and now, without message, result or validation. */
  (...args: A): R;
  /** Runs the task here and now as a worker would, and answers with its result: Celery's `apply()`. */
  runEagerly(...call: ApplyArgs<A, R, KW>): Promise<AsyncResult<Resolved<R>>>;
}

/** All arguments by position, or some of the first and the others by name. */
export type ApplyArgs<A extends readonly unknown[], R, KW> =
  | ([] extends A
      ? [args?: A, options?: ApplyOptions<R, KW>]
      : [args: A, options?: ApplyOptions<R, KW>])
  | [args: Prefixes<A>, options: ApplyOptions<R, KW> & { kwargs: KW }];

/** Options of a call, with arguments by name. */
export interface ApplyOptions<R, KW> extends CallOptions<Resolved<R>> {
  kwargs?: KW;
}

/** What a signature holds: the object of keyword arguments stands last, so it is never left out. */
type BoundArgs<A extends readonly unknown[], KW> =
  TakesKeywords<KW> extends true ? Exclude<Suffixes<A>, []> : Suffixes<A>;

/** A task that lives elsewhere: it can be sent, not run. Without its type, anything can be sent to it. */
export type TaskRef<T> =
  T extends Shaped<infer N extends string, infer A extends readonly unknown[], infer R, infer KW>
    ? SendableTask<N, A, R, KW>
    : SendableTask<string, unknown[], unknown>;

/** Options of every call through a `TaskRef`. */
export interface RefDefaults extends CallOptions {
  /** The task has a schema `kwargs`: the last argument is the object of its keyword arguments. */
  takesKeywords?: boolean;
}

/** Types alone cannot tell a producer at run time where keyword arguments go, so it must say so itself. */
export type RefDefaultsOf<T> =
  T extends Shaped<string, unknown, unknown, infer KW>
    ? TakesKeywords<KW> extends true
      ? [defaults: RefDefaults & { takesKeywords: true }]
      : [defaults?: RefDefaults & { takesKeywords?: false }]
    : [defaults?: RefDefaults];

/** How tasks are written: `app.task` and `sharedTask`. */
export interface DefineTask {
  /**
   * A task whose arguments are given by position.
   *
   * @example const add = app.task('shop.add', (x: number, y: number) => x + y);
   * @throws ImproperlyConfigured for a name that is taken
   */
  <const N extends string, F extends AnyHandler>(
    name: N,
    handler: F,
  ): Task<N, Parameters<F>, ReturnType<F>>;
  /**
   * A task with options.
   *
   * @example const resize = app.task('img.resize', { bind: true, params: ['key', 'width'] },
   *   async (self, key: string, width: number) => { ... });
   * @throws ImproperlyConfigured for options that are unknown or contradict each other, and for a name that is taken
   */
  <
    const N extends string,
    F extends Handler<B, P, SA, SK>,
    const B extends boolean = false,
    const P extends readonly string[] | undefined = undefined,
    SA extends StandardSchema | undefined = undefined,
    SK extends StandardSchema | undefined = undefined,
  >(
    name: N,
    options: TaskOptions & ArgumentOptions<B, P, SA, SK>,
    handler: F,
  ): Task<N, CallArgs<B, P, SA, SK, F>, ReturnType<F>, CallKeywords<B, P, SK, F>>;
}

/** The tasks of a module, by their names. */
type ByTaskName<M> = {
  [K in keyof M as M[K] extends { readonly name: infer N extends string; delay: unknown }
    ? N
    : never]: M[K];
};

/** The application as a producer that knows the tasks of a module by type alone. */
export interface TypedProducer<M> {
  /** Sends a call by name. Throws as `Celery.sendTask`. */
  sendTask<N extends keyof ByTaskName<M> & string>(
    name: N,
    ...call: SendArgs<ByTaskName<M>[N]>
  ): Promise<AsyncResult<ResultOf<ByTaskName<M>[N]>>>;
}

type ResultOf<T> = T extends Shaped<string, unknown, infer R, unknown> ? Resolved<R> : never;

/** As for `applyAsync`, but that the object of a schema `kwargs` goes into the options. */
type SendArgs<T> =
  T extends Shaped<string, infer A extends readonly unknown[], infer R, infer KW>
    ? TakesKeywords<KW> extends true
      ? [args: AllButLast<A>, options: ApplyOptions<R, KW> & { kwargs: KW }]
      : ApplyArgs<A, R, KW>
    : never;

type AllButLast<A extends readonly unknown[]> = A extends readonly [...infer Front, unknown]
  ? Front
  : never;

/** Where untyped keyword arguments are taken. */
export type UntypedOptions = CallOptions & { kwargs?: Keywords };
