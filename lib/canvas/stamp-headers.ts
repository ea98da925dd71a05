import type { Draft } from './draft.ts';

/** Stamps by name, and their names as `stamped_headers`. */
export type Headers = Readonly<Record<string, unknown>>;

/**
 * The stamps that a signature gets: those from outside, then a visitor's, then its own.
 *
 * @param own null: a link, which does not add the stamps it had.
 * @param visited undefined: there is no visitor, or it had none to add.
 * @see celery.canvas.Signature._stamp_headers
 */
export function stampHeaders(
  own: Draft | null,
  headers: Headers,
  visited: Headers | undefined,
  append = false,
): Headers {
  const outer = merged(withNames(headers), withNames(visited ?? {}), append);
  if (!own) return distinctNames(outer);
  const names = [...namesOf(outer), ...namesOf(own.options)];
  const kept = Object.entries(own.options).filter(([name]) => names.includes(name));
  return distinctNames(
    merged({ ...outer, stamped_headers: names }, Object.fromEntries(kept), append),
  );
}

/** Stamps whose names are not told are all stamps. */
function withNames(headers: Headers): Headers {
  return 'stamped_headers' in headers
    ? headers
    : { ...headers, stamped_headers: Object.keys(headers) };
}

function namesOf({ stamped_headers }: Headers): readonly string[] {
  return Array.isArray(stamped_headers) ? stamped_headers.map(String) : [];
}

function distinctNames(headers: Headers): Headers {
  return { ...headers, stamped_headers: [...new Set(namesOf(headers))] };
}

/** @see celery.canvas._merge_dictionaries */
function merged(first: Headers, second: Headers, append: boolean): Headers {
  const both: Record<string, unknown> = { ...second, ...first };
  for (const [name, value] of Object.entries(first)) {
    if (name in second) both[name] = mergedValue(value, second[name], append);
  }
  return both;
}

function mergedValue(first: unknown, second: unknown, append: boolean): unknown {
  if (isRecord(first) && isRecord(second)) return merged(first, second, append);
  if (Array.isArray(first) && Array.isArray(second)) return [...first, ...second];
  if (!append) return first;
  const list = first === null ? [] : [first].flat();
  return [...list, ...[second].flat()];
}

function isRecord(value: unknown): value is Headers {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
