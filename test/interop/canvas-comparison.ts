import { isDeepStrictEqual } from 'node:util';
import { textTable } from '../../local/text-table.ts';
import type { Facts } from './comparison.ts';

/** The languages of producers and, with both at once on one queue, of workers. */
export type Sender = 'Python' | 'TypeScript';
export type Runner = Sender | 'both';

/** What `get()` answers in one of the languages. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly error: string; readonly args: readonly unknown[] };

/** One canvas that was sent, run and read. */
export interface CanvasRun {
  readonly shape: string;
  readonly sentBy: Sender;
  readonly runBy: Runner;
  /** As Python reads it, and as TypeScript does. */
  readonly outcomes: Readonly<Record<Sender, Outcome>>;
  /** What it left in the table; see `python/canvas.py`. */
  readonly facts: Facts;
  /** The worker of each task that ran, as each names itself: Python's are `celery@host`. */
  readonly workers: readonly string[];
}

/** Names of the facts in which a run is not as Python's own. */
export function differing(run: CanvasRun, reference: CanvasRun): string[] {
  const expected = withoutIds(reference.outcomes.Python);
  const read = (['Python', 'TypeScript'] as const)
    .filter((language) => !isDeepStrictEqual(withoutIds(run.outcomes[language]), expected))
    .map((language) => `get() in ${language}`);
  const facts = Object.keys(reference.facts);
  return [...read, ...facts.filter((name) => run.facts[name] !== reference.facts[name])];
}

/** Both readers are told this. */
export function endsAs({ outcomes }: CanvasRun, end: Outcome): boolean {
  const read = [outcomes.Python, outcomes.TypeScript].map(withoutIds);
  return read.every((outcome) => isDeepStrictEqual(outcome, end));
}

/** One run, and the facts in which it is not as Python's own, each with the reason. */
export interface ComparedRun {
  readonly run: CanvasRun;
  readonly differs: readonly { readonly fact: string; readonly why: string | undefined }[];
}

/** A line for each canvas by sender and worker, and for each fact in which it is not as Python's own. */
export function canvasTable(compared: readonly ComparedRun[]): string[] {
  const rows = compared.flatMap(({ run, differs }) => [
    [run.shape, run.sentBy, run.runBy, inShort(run.outcomes.TypeScript), verdict(differs)],
    ...differs.map(({ fact, why }) => ['', '', `  ${fact}`, '', why ?? 'NOT LISTED']),
  ]);
  return textTable([['canvas', 'sent by', 'run by', 'value', 'equal'], ...rows]);
}

function verdict(differs: ComparedRun['differs']): string {
  if (differs.length === 0) return 'yes';
  return differs.some(({ why }) => why === undefined) ? 'NO' : 'but for';
}

function inShort(outcome: Outcome): string {
  const text = JSON.stringify('value' in outcome ? outcome.value : outcome.args);
  const shown = text.length <= 48 ? text : `${text.slice(0, 45)}...`;
  return 'value' in outcome ? shown : `${outcome.error} ${shown}`;
}

/** Ids differ from run to run; the rest of what a request tells of its places is apart, as in `python/canvas.py`. */
function withoutIds(outcome: Outcome): unknown {
  const apart = new Set(['origin', 'routing_key', 'reply_to', 'ignore_result']);
  const text = JSON.stringify(outcome, (key, value) => (apart.has(key) ? undefined : value));
  return JSON.parse(text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>'));
}
