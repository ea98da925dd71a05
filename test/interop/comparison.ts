import { textTable } from '../../local/text-table.ts';

/** A call that a worker of each language runs. */
export interface Call {
  /** Arguments of `app.send_task`, as Python. */
  readonly send: string;
  /** Read in this state, which is not its last. @default when it has ended */
  readonly until?: string;
  /** It stores nothing that would tell its end. */
  readonly silent?: true;
  /** The facts in which the two differ, each with the reason. */
  readonly differs?: Readonly<Record<string, string>>;
}

/** What Python reads of a call, by the name of the fact; see `python/reading.py`. */
export type Facts = Readonly<Record<string, string>>;

/** What Python reads of the same call, run by each. */
export interface Comparison {
  readonly call: Call;
  readonly python: Facts;
  readonly typescript: Facts;
}

/** Names of the facts that are not the same. */
export function differing({ python, typescript }: Comparison): string[] {
  const names = new Set([...Object.keys(python), ...Object.keys(typescript)]);
  return [...names].filter((name) => python[name] !== typescript[name]);
}

/** Both side by side, a line for each call and one for each difference. */
export function comparisonTable(compared: readonly Comparison[]): string[] {
  return textTable([
    ['task', 'Python worker', 'TypeScript worker', 'equal'],
    ...compared.flatMap((one) => [
      [short(one.call.send, 70), inShort(one.python), inShort(one.typescript), verdict(one)],
      ...differing(one).map((fact) => difference(one, fact)),
    ]),
  ]);
}

function verdict(one: Comparison): string {
  const facts = differing(one);
  if (facts.length === 0) return 'yes';
  const unlisted = facts.filter((fact) => one.call.differs?.[fact] === undefined);
  return unlisted.length === 0 ? 'but for' : 'NO';
}

function difference({ call, python, typescript }: Comparison, fact: string): string[] {
  const cell = (facts: Facts) => short(facts[fact] ?? '', 60);
  return [`  ${fact}`, cell(python), cell(typescript), call.differs?.[fact] ?? 'NOT LISTED'];
}

function inShort({ state, type, value = '', retries, traceback, children }: Facts): string {
  const more = [
    retries !== 'None' && retries !== '0' && `${retries} retries`,
    traceback === 'str' && 'traceback',
    children !== '[]' && children !== 'None' && 'children',
  ];
  const kind = type?.replace(/^.*\.(?=[A-Z])/, '');
  return [`${state} ${kind} ${short(value, 32)}`, ...more.filter(Boolean)].join(', ');
}

function short(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}
