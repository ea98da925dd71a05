import type { GroupResult } from '../results/index.ts';
import type { CallOptions } from './call-options.ts';
import type { Keywords, Signature } from './signature.ts';

/** A signature whose result is that of a group: the values of its members, in order. */
export interface GroupSignature<
  in M extends readonly unknown[] = never,
  out T extends readonly unknown[] = readonly unknown[],
> extends Signature<M, T> {
  delay(...front: M): Promise<GroupResult<T>>;
  applyAsync(front?: M, options?: CallOptions<T> & { kwargs?: Keywords }): Promise<GroupResult<T>>;
  runEagerly(front?: M, options?: CallOptions<T> & { kwargs?: Keywords }): Promise<GroupResult<T>>;
}

/**
 * Items of a call in parts, each run by one task. In a group or a header it is the group of them; before or behind others
 * it hands on the list of their values, also of one part or none.
 */
export interface ChunksSignature<out R = unknown> extends GroupSignature<Immutable, R[][]> {
  /** The parts, as a group of starmaps: what is sent when it is applied. @see celery.canvas.chunks.group */
  group(): GroupSignature<Immutable, R[][]>;
}

/** What may be put in front of a signature that takes nothing: it is dropped. */
export type Immutable = [] | [unknown];

/** What a signature's result is. */
export type ValueOf<S> = S extends Signature<never, infer R> ? R : never;

/** What the step after a signature gets: a group of one runs as its member alone, as in Celery. */
export type Handed<S> =
  S extends GroupSignature<never, infer T>
    ? T extends readonly [infer Only]
      ? Only
      : T
    : ValueOf<S>;

/** Stands where a step of a chain does not take the value of the step before. */
export interface StepMismatch<Value, Takes> {
  readonly 'this step does not accept the value before it': [value: Value, takes: Takes];
}

/** `T` where each step takes the value of the one before, starting with `Value`; the first misfit says so. */
export type CheckSteps<T extends readonly unknown[], Value> = Checked<T, Value, []>;

/** As {@link CheckSteps}, the first step taking whatever is put in front of the chain. */
export type CheckChain<T extends readonly unknown[]> = T extends readonly [infer S, ...infer Rest]
  ? Checked<Rest, Handed<S>, [S]>
  : T;

type Checked<T extends readonly unknown[], Value, Made extends unknown[]> = T extends readonly [
  infer S,
  ...infer Rest,
]
  ? Checked<Rest, Handed<S>, [...Made, CheckedStep<S, Value>]>
  : [...Made, ...T];

type CheckedStep<S, Value> =
  S extends Signature<infer M, unknown> ? ([Value] extends M ? S : StepMismatch<Value, M>) : never;

/** What may be put in front of the first of several steps. */
export type FirstMissing<T extends readonly unknown[]> = T extends readonly [infer S, ...unknown[]]
  ? MissingOf<S>
  : T extends readonly (infer S)[]
    ? MissingOf<S>
    : [];

type LastOf<T extends readonly unknown[]> = T extends readonly [...unknown[], infer S]
  ? S
  : T[number];

/** A chain of steps that miss `M` in front. Of chunks at its end the list is the value, for one part makes no group. */
export type ChainOf<M extends readonly unknown[], T extends readonly unknown[]> =
  Handed<LastOf<T>> extends infer R
    ? LastOf<T> extends ChunksSignature
      ? Signature<M, R>
      : LastOf<T> extends GroupSignature<never, readonly unknown[]>
        ? R extends readonly unknown[]
          ? GroupSignature<M, R>
          : Signature<M, R>
        : Signature<M, R>
    : never;

type MissingOf<S> = S extends Signature<infer M, unknown> ? M : never;

/** What may be put in front of every one of several signatures. */
export type SharedMissing<T extends readonly unknown[]> = number extends T['length']
  ? MissingOf<T[number]>
  : T extends readonly [infer First, ...infer Rest]
    ? Shared<Rest, MissingOf<First>>
    : readonly unknown[];

type Shared<T extends readonly unknown[], M> = T extends readonly [infer First, ...infer Rest]
  ? Shared<Rest, Common<M, MissingOf<First>>>
  : Extract<M, readonly unknown[]>;

/** The argument lists that both take. */
type Common<A, B> = Extract<A, B> | Extract<B, A>;

/** The values of a group's members: those of groups among them stand in their place, one by one. */
export type GroupValues<T extends readonly unknown[]> = number extends T['length']
  ? MemberValue<T[number]>[]
  : Flat<T, []>;

/** Of a member, or of any of its members where it is a group. */
type MemberValue<S> = S extends GroupSignature<never, infer Values> ? Values[number] : ValueOf<S>;

type Flat<T extends readonly unknown[], Made extends unknown[]> = T extends readonly [
  infer S,
  ...infer Rest,
]
  ? Flat<
      Rest,
      [...Made, ...(S extends GroupSignature<never, infer Values> ? Values : [ValueOf<S>])]
    >
  : Made;

/** As {@link GroupValues}, of a chord's header: as in Celery, groups in it are turned around. */
export type HeaderValues<T extends readonly unknown[]> = number extends T['length']
  ? MemberValue<T[number]>[]
  : FlatHeader<T, []>;

type FlatHeader<T extends readonly unknown[], Made extends unknown[]> = T extends readonly [
  infer S,
  ...infer Rest,
]
  ? FlatHeader<
      Rest,
      [
        ...Made,
        ...(S extends GroupSignature<never, infer Values> ? Reversed<Values> : [ValueOf<S>]),
      ]
    >
  : Made;

type Reversed<T extends readonly unknown[]> = T extends readonly [infer First, ...infer Rest]
  ? [...Reversed<Rest>, First]
  : T;
