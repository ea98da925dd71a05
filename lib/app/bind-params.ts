import type { Keywords } from '../canvas/index.ts';
import type { Params } from './params.ts';

/**
 * The handler's arguments for a call, as Python would assign them to its parameters. A parameter that is not given
 * is `undefined`, so that its JavaScript default applies.
 *
 * @throws TypeError in Python's words, naming the parameter
 */
export function bindParams(
  task: string,
  params: Params,
  args: readonly unknown[],
  kwargs: Keywords,
): readonly unknown[] {
  const { positional, rest, keywordOnly, open } = params;
  checkNames(task, params, args.length, kwargs);
  if (rest === undefined) checkCount(task, params, args.length);
  const byName = (name: string) => (Object.hasOwn(kwargs, name) ? kwargs[name] : undefined);
  const isGiven = (name: string, place: number) =>
    place < args.length || Object.hasOwn(kwargs, name);
  checkMissing(
    task,
    'positional',
    positional.filter((name, place) => params.required.has(name) && !isGiven(name, place)),
  );
  checkMissing(
    task,
    'keyword-only',
    keywordOnly.filter((name) => params.required.has(name) && !Object.hasOwn(kwargs, name)),
  );
  return [
    ...positional.map((name, place) => (place < args.length ? args[place] : byName(name))),
    ...(rest === undefined ? [] : [args.slice(positional.length)]),
    ...keywordOnly.map(byName),
    ...(open === undefined ? [] : [unnamed(params, kwargs)]),
  ];
}

function checkNames(task: string, params: Params, given: number, kwargs: Keywords): void {
  for (const name of Object.keys(kwargs)) {
    const place = params.positional.indexOf(name);
    if (place >= 0 && place < given) {
      throw new TypeError(`${task}() got multiple values for argument '${name}'`);
    }
    if (place < 0 && !params.keywordOnly.includes(name) && params.open === undefined) {
      throw new TypeError(`${task}() got an unexpected keyword argument '${name}'`);
    }
  }
}

function checkCount(task: string, { positional, required }: Params, given: number): void {
  const most = positional.length;
  if (given <= most) return;
  const least = positional.filter((name) => required.has(name)).length;
  throw tooMany(task, given, least, most);
}

/** In Python's words: more positional arguments than there are places for. */
export function tooMany(task: string, given: number, least: number, most: number): TypeError {
  const takes = least < most ? `from ${least} to ${most}` : `${most}`;
  return new TypeError(
    `${task}() takes ${takes} positional ${most === 1 ? 'argument' : 'arguments'} but ${given} ${given === 1 ? 'was' : 'were'} given`,
  );
}

function checkMissing(task: string, kind: string, names: readonly string[]): void {
  if (names.length === 0) return;
  const quoted = names.map((name) => `'${name}'`);
  const last = quoted.pop();
  const list = quoted.length > 0 ? `${quoted.join(', ')} and ${last}` : last;
  throw new TypeError(
    `${task}() missing ${names.length} required ${kind} ${names.length === 1 ? 'argument' : 'arguments'}: ${list}`,
  );
}

function unnamed({ positional, keywordOnly }: Params, kwargs: Keywords): Keywords {
  const named = new Set([...positional, ...keywordOnly]);
  const rest: Record<string, unknown> = Object.create(null);
  for (const [name, value] of Object.entries(kwargs)) if (!named.has(name)) rest[name] = value;
  return rest;
}
