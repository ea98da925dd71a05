import type { Self } from './self.ts';
import type { SchemaInput, SchemaOutput, StandardSchema } from './standard-schema.ts';

/**
 * Types that follow from a task's options: `B` is `bind`, `P` is `params`, `SA` and `SK` are the schemas `args` and
 * `kwargs`. Generic pieces instead of an overload for each option, so that a typo gets the error it deserves.
 */

declare const byName: unique symbol;

/** Keyword arguments of a task whose last argument is the object of them. */
export type ByName<T> = T & { readonly [byName]?: never };

/** Whether the last argument of a task with keyword type `KW` is the object of its keyword arguments. */
export type TakesKeywords<KW> = typeof byName extends keyof KW ? true : false;

/** The handler that fits the options. A method type, so that handlers may narrow the `unknown` of their parameters. */
export type Handler<B, P, SA, SK> = {
  handle(...args: HandlerArgs<B, P, SA, SK>): unknown;
}['handle'];

/** A handler of a task without options. */
export type AnyHandler = { handle(...args: unknown[]): unknown }['handle'];

type HandlerArgs<B, P, SA, SK> = [...SelfOf<B>, ...SchemaArgs<P, SA, SK>];

type SelfOf<B> = B extends true ? [self: Self] : [];

type SchemaArgs<P, SA, SK> = [SA] extends [StandardSchema]
  ? [...List<SchemaOutput<SA>>, ...SchemaKeywords<SK>]
  : [SK] extends [StandardSchema]
    ? SchemaKeywords<SK>
    : [P] extends [readonly string[]]
      ? Unknowns<WithoutMarker<P>>
      : unknown[];

/** As many unknowns as there are names, all of them optional. */
type Unknowns<Names extends readonly unknown[]> = { -readonly [Place in keyof Names]?: unknown };

type SchemaKeywords<SK> = [SK] extends [StandardSchema] ? [kwargs: SchemaOutput<SK>] : [];

type List<T> = T extends readonly unknown[] ? T : never;

/** The arguments that callers give. */
export type CallArgs<B, P, SA, SK, F extends AnyFunction> = [SA] extends [StandardSchema]
  ? [...List<SchemaInput<SA>>, ...InputKeywords<SK>]
  : [SK] extends [StandardSchema]
    ? InputKeywords<SK>
    : PositionalArgs<P, OwnArgs<B, F>>;

type InputKeywords<SK> = [SK] extends [StandardSchema] ? [kwargs: SchemaInput<SK>] : [];

/** A handler of whatever shape. */
export type AnyFunction = (...args: never[]) => unknown;

/** The handler's parameters but for `self`. */
export type OwnArgs<B, F extends AnyFunction> = B extends true
  ? Parameters<F> extends [unknown, ...infer Rest]
    ? Rest
    : []
  : Parameters<F>;

/** The arguments that callers may give by name. */
export type CallKeywords<B, P, SK, F extends AnyFunction> = [SK] extends [StandardSchema]
  ? ByName<SchemaInput<SK>>
  : [P] extends [readonly string[]]
    ? NamedArgs<WithoutMarker<P>, OwnArgs<B, F>>
    : Record<string, unknown>;

/** Where no name is starred, callers give what the handler takes. */
type PositionalArgs<P, A extends unknown[]> = [P] extends [readonly string[]]
  ? [Extract<P[number], `*${string}`>] extends [never]
    ? A
    : FrontArgs<P, A>
  : A;

/** `*args` takes the rest of the positional arguments; what stands after `*` or `**` is given by name. */
type FrontArgs<P extends readonly string[], A extends unknown[]> = P extends readonly [
  infer Name,
  ...infer Names extends readonly string[],
]
  ? Name extends '*' | `**${string}`
    ? []
    : Name extends `*${string}`
      ? List<A[0]>
      : A extends [infer Head, ...infer Tail]
        ? [Head, ...FrontArgs<Names, Tail>]
        : A extends [(infer Head)?, ...infer Tail]
          ? [Head?, ...FrontArgs<Names, Tail>]
          : []
  : [];

/** The lone `*` of keyword-only parameters takes no place among the handler's arguments. */
type WithoutMarker<P extends readonly string[]> = P extends readonly [
  infer Name,
  ...infer Names extends readonly string[],
]
  ? Name extends '*'
    ? WithoutMarker<Names>
    : [Name, ...WithoutMarker<Names>]
  : P;

type NamedArgs<P, A extends readonly unknown[]> = Flat<
  {
    [Place in keyof P & `${number}` as Exclude<
      P[Place] & string,
      `*${string}`
    >]?: Place extends keyof A ? A[Place] : never;
  } & OpenKeywords<P, A>
>;

/** `**kwargs` takes all other names. */
type OpenKeywords<P, A extends readonly unknown[]> = {
  [Place in keyof P & `${number}`]: P[Place] extends `**${string}`
    ? Place extends keyof A
      ? A[Place]
      : never
    : never;
}[keyof P & `${number}`] extends infer Open
  ? [Open] extends [never]
    ? unknown
    : Open
  : unknown;

type Flat<T> = { [Name in keyof T]: T[Name] };
