import { ImproperlyConfigured } from '../errors.ts';

/** A parameter list in Python's notation, read. The handler gets one argument for each, in the order written. */
export interface Params {
  /** Given by position or by name. */
  readonly positional: readonly string[];
  /** `*args`: gets the list of all further positional arguments. */
  readonly rest: string | undefined;
  /** What stands after `*` or `*args`: given by name alone. */
  readonly keywordOnly: readonly string[];
  /** `**kwargs`: gets the object of all further names. */
  readonly open: string | undefined;
  /** Those without a JavaScript default, which callers must give. */
  readonly required: ReadonlySet<string>;
}

const entryForm = /^(\*{0,2})([\p{ID_Start}_][\p{ID_Continue}]*)$|^\*$/u;

/**
 * Reads `['to', '*', 'cc']` and its like. JavaScript tells how many parameters stand before the first default: those
 * are required.
 *
 * @param arity The number of the handler's parameters before its first default, without `self`.
 * @throws ImproperlyConfigured for what Python would not take, and for a handler with more parameters.
 */
export function parseParams(task: string, entries: readonly string[], arity: number): Params {
  const positional: string[] = [];
  const keywordOnly: string[] = [];
  let rest: string | undefined;
  let open: string | undefined;
  let starred = false;
  for (const entry of entries) {
    const [, stars, name = ''] =
      entryForm.exec(entry) ?? refuse(task, entries, `'${entry}' is no parameter`);
    if (open !== undefined) refuse(task, entries, `'${entry}' stands after '**${open}'`);
    if (stars === '**') open = name;
    else if (entry.startsWith('*') && starred)
      refuse(task, entries, 'two entries begin with one *');
    else if (entry.startsWith('*')) [starred, rest] = [true, stars === '*' ? name : undefined];
    else (starred ? keywordOnly : positional).push(name);
  }
  const places = [...positional, rest, ...keywordOnly, open].filter((name) => name !== undefined);
  if (new Set(places).size < places.length) refuse(task, entries, 'a name stands there twice');
  if (arity > places.length) {
    refuse(task, entries, `they name ${places.length} and its function takes ${arity}`);
  }
  const required = new Set(places.slice(0, arity));
  return { positional, rest, keywordOnly, open, required };
}

function refuse(task: string, entries: readonly string[], why: string): never {
  throw new ImproperlyConfigured(
    `Wrong params [${entries.map((entry) => `'${entry}'`).join(', ')}] of task '${task}': ${why}. ` +
      "They are written as in Python: ['x', 'y'], ['to', '*', 'cc'], ['*args', '**kwargs'].",
  );
}
