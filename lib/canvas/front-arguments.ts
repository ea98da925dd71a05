/**
 * Tuples for partial application. Celery puts the value of the step before in *front* of the arguments a
 * signature holds, so a signature binds a suffix of the parameters and still misses a prefix.
 */

/** Every complete argument list of the parameters `A`: `[a, b?]` is `[a] | [a, b]`; a rest element stays. */
export type Forms<A extends readonly unknown[]> = A extends readonly []
  ? []
  : number extends A['length']
    ? A extends readonly [infer Head, ...infer Tail]
      ? [Head, ...Forms<Tail>]
      : A
    : A extends readonly [infer Head, ...infer Tail]
      ? [Head, ...Forms<Tail>]
      : A extends readonly [(infer Head)?, ...infer Tail]
        ? [] | [Head, ...Forms<Tail>]
        : A;

/** What `s(...)` takes: any suffix of any complete argument list of `A`. */
export type Suffixes<A extends readonly unknown[]> = EachSuffix<Forms<A>>;

/** What goes before arguments given by name: any prefix of any complete argument list of `A`. */
export type Prefixes<A extends readonly unknown[]> = EachPrefix<Forms<A>>;

/** The argument lists that may still be put in front of the suffix `S` of the parameters `A`. */
export type Missing<A extends readonly unknown[], S extends readonly unknown[]> = EachMissing<
  Forms<A>,
  S['length']
>;

type EachSuffix<F extends readonly unknown[]> = F extends unknown ? SuffixesOf<F> : never;

type SuffixesOf<F extends readonly unknown[]> = F extends readonly []
  ? []
  : number extends F['length']
    ? F
    : F | (F extends readonly [unknown, ...infer Tail] ? SuffixesOf<Tail> : never);

type EachPrefix<F extends readonly unknown[]> = F extends unknown ? PrefixesOf<F> : never;

type PrefixesOf<F extends readonly unknown[]> = F extends readonly []
  ? []
  : number extends F['length']
    ? F
    : F | (F extends readonly [...infer Front, unknown] ? PrefixesOf<Front> : never);

type EachMissing<F extends readonly unknown[], N extends number> = F extends unknown
  ? MissingOf<F, N>
  : never;

type MissingOf<F extends readonly unknown[], N extends number> = number extends F['length']
  ? F
  : F extends readonly [...infer Front, ...Unknowns<N>]
    ? Front
    : never;

/** A tuple of `N` unknowns. */
type Unknowns<N extends number, Made extends unknown[] = []> = number extends N
  ? unknown[]
  : Made['length'] extends N
    ? Made
    : Unknowns<N, [...Made, unknown]>;
