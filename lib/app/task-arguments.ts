import type { Keywords } from '../canvas/index.ts';
import { ImproperlyConfigured } from '../errors.ts';
import type { Arity } from './arity.ts';
import { bindParams, tooMany } from './bind-params.ts';
import { type Params, parseParams } from './params.ts';
import type { StandardSchema } from './standard-schema.ts';
import type { DefinitionOptions } from './task-options.ts';
import { validate } from './validate.ts';

/** Arguments as they travel. */
export interface WireArguments {
  readonly args: readonly unknown[];
  readonly kwargs: Keywords;
}

/** How the arguments of one task go from its callers to its handler. */
export interface TaskArguments {
  /** The last argument of a call is the object of its keyword arguments. */
  readonly takesKeywords: boolean;
  /** Validates what callers give; undefined where there is nothing to validate. @throws TypeError */
  readonly check: ((given: WireArguments) => Promise<void>) | undefined;
  /** The handler's arguments in a worker. @throws TypeError */
  bind(given: WireArguments): Promise<readonly unknown[]> | readonly unknown[];
  /** The handler's arguments when the task is called as a plain function. @throws TypeError */
  direct(args: readonly unknown[]): readonly unknown[];
}

/** Keyword arguments of a call without any. */
export const noKeywords: Keywords = Object.freeze(Object.create(null));

/**
 * How a task's options say its arguments go.
 *
 * @param arity How many arguments the handler takes.
 * @throws ImproperlyConfigured for options that contradict each other or the handler.
 */
export function taskArguments(
  task: string,
  options: DefinitionOptions,
  arity: Arity,
): TaskArguments {
  const { args, kwargs, params } = options;
  if (params && kwargs) {
    throw new ImproperlyConfigured(
      `Task '${task}' has params and a schema kwargs, which both name its keyword arguments: take one away`,
    );
  }
  if (args || kwargs) {
    return schemaArguments(task, args, kwargs, params && namesOf(task, params));
  }
  return params
    ? namedArguments(task, parseParams(task, params, arity.required))
    : plainArguments(task, arity);
}

/** No parameter has a name: JavaScript tells how many there are, and no more. */
function plainArguments(task: string, { required, most }: Arity): TaskArguments {
  return {
    takesKeywords: false,
    check: undefined,
    direct: (args) => args,
    bind({ args, kwargs }) {
      const names = Object.keys(kwargs);
      if (names.length > 0) throw unnamedKeywords(task, args.length, names);
      if (args.length < required) throw missingPlaces(task, args.length, required);
      if (args.length > most) throw tooMany(task, args.length, required, most);
      return args;
    },
  };
}

function namedArguments(task: string, params: Params): TaskArguments {
  const isPlain = [params.rest, params.open, ...params.keywordOnly].every(
    (name) => name === undefined,
  );
  return {
    takesKeywords: false,
    check: undefined,
    direct: (args) => (isPlain ? args : bindParams(task, params, args, noKeywords)),
    bind: ({ args, kwargs }) => bindParams(task, params, args, kwargs),
  };
}

/** Callers give the schemas' input, the handler gets their output. */
function schemaArguments(
  task: string,
  args: StandardSchema | undefined,
  kwargs: StandardSchema | undefined,
  params: Params | undefined,
): TaskArguments {
  const outputs = async (given: WireArguments): Promise<readonly unknown[]> => {
    const list = params ? positionalOnly(task, params, given) : given;
    const positional = await positionalOutputs(task, args, list);
    if (kwargs) return [...positional, await validate(kwargs, list.kwargs, task, 'kwargs')];
    const names = Object.keys(list.kwargs);
    if (names.length > 0) throw unnamedKeywords(task, list.args.length, names);
    return positional;
  };
  return {
    takesKeywords: kwargs !== undefined,
    direct: (list) => list,
    bind: outputs,
    async check(given) {
      await outputs(given);
    },
  };
}

async function positionalOutputs(
  task: string,
  schema: StandardSchema | undefined,
  { args }: WireArguments,
): Promise<readonly unknown[]> {
  if (!schema) {
    if (args.length > 0)
      throw new TypeError(
        `${task}() takes 0 positional arguments but ${args.length} ${args.length === 1 ? 'was' : 'were'} given`,
      );
    return [];
  }
  const output = await validate(schema, args, task, 'args');
  if (Array.isArray(output)) return output;
  throw new TypeError(
    `${task}() has a schema args that makes no list of its arguments; make it one`,
  );
}

/** Names put arguments at their places, then the schema sees the whole list and tells which is missing. */
function positionalOnly(
  task: string,
  params: Params,
  { args, kwargs }: WireArguments,
): WireArguments {
  return { args: bindParams(task, params, args, kwargs), kwargs: noKeywords };
}

/** With a schema of all arguments, params can only name places; the schema says which are required. */
function namesOf(task: string, entries: readonly string[]): Params {
  const params = parseParams(task, entries, 0);
  if (params.positional.length === entries.length) return params;
  throw new ImproperlyConfigured(
    `Task '${task}' has a schema args, so its params can only name places: take the entries with * away`,
  );
}

function unnamedKeywords(task: string, given: number, names: readonly string[]): TypeError {
  const places = Array.from({ length: given }, (_, index) => `arg${index + 1}`);
  const params = [...places, ...names].map((name) => `'${name}'`).join(', ');
  return new TypeError(
    `${task}() got an unexpected keyword argument '${names[0]}', for the names of its parameters are not known: ` +
      `add params: [${params}] to its options`,
  );
}

function missingPlaces(task: string, given: number, arity: number): TypeError {
  const places = Array.from({ length: arity - given }, (_, index) => `${given + index + 1}`);
  const noun = places.length === 1 ? 'argument' : 'arguments';
  return new TypeError(
    `${task}() missing ${places.length} required positional ${noun}: number ${places.join(', ')} of ${arity}. ` +
      'A parameter with a default need not be given',
  );
}
