import { inspect } from 'node:util';
import type { Clock } from '../lib/ports/index.ts';
import type { AsyncResult } from '../lib/results/index.ts';
import { type LiveLines, liveLines, type TerminalLike } from './live-lines.ts';
import { textTable } from './text-table.ts';
import { type TaskHistory, watchTask } from './watch-task.ts';

/** One task of the demo: how to send it, and how it should end. */
export interface DemoCall {
  /** The call as a reader would write it. */
  readonly title: string;
  readonly expected: 'SUCCESS' | 'FAILURE';
  readonly send: () => Promise<AsyncResult>;
  /** Its value in one short line. @default as `util.inspect` shows it */
  readonly describe?: (value: unknown) => string;
}

/** How a demo runs and where it shows. */
export interface DemoOptions {
  readonly calls: readonly DemoCall[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly output: TerminalLike;
  /** Milliseconds until a task that has not ended counts as failed. @default 120,000 */
  readonly patienceMs?: number;
}

interface Row {
  readonly call: DemoCall;
  id: string;
  history: TaskHistory | undefined;
}

/** Sends the demo's tasks at once and shows their states as they change. Answers whether each ended as expected. */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const rows = options.calls.map((call): Row => ({ call, id: '', history: undefined }));
  const live = liveLines(options.output);
  await Promise.all(rows.map((row) => runRow(row, rows, live, options)));
  const expected = rows.map(endedAsExpected);
  options.output.write(`\n${textTable(resultTable(rows)).join('\n')}\n`);
  return expected.every(Boolean);
}

async function runRow(
  row: Row,
  rows: readonly Row[],
  live: LiveLines,
  { clock, signal, patienceMs = 120_000 }: DemoOptions,
): Promise<void> {
  const result = await row.call.send();
  row.id = result.id;
  row.history = await watchTask(result, {
    clock,
    signal,
    patienceMs,
    onChange(history) {
      row.history = history;
      live.show(textTable(stateTable(rows)), changeOf(row));
    },
  });
}

function stateTable(rows: readonly Row[]): string[][] {
  const heading = ['task', 'id', 'states'];
  return [heading, ...rows.map((row) => [row.call.title, row.id.slice(0, 8), statesOf(row)])];
}

function resultTable(rows: readonly Row[]): string[][] {
  const heading = ['task', 'took', 'as expected', 'result'];
  return [
    heading,
    ...rows.map((row) => [
      row.call.title,
      duration(row.history?.elapsedMs ?? 0),
      endedAsExpected(row) ? 'yes' : `NO: ${row.call.expected}`,
      outcomeOf(row),
    ]),
  ];
}

function statesOf({ history }: Row): string {
  if (history === undefined) return '';
  const states = history.states.join(' > ');
  return history.ended || history.info == null ? states : `${states} ${inline(history.info)}`;
}

function changeOf(row: Row): string {
  return `${row.call.title} [${row.id.slice(0, 8)}] ${statesOf(row)}`;
}

function outcomeOf({ call, history }: Row): string {
  if (history === undefined || !history.ended) return 'has not ended';
  const { info } = history;
  if (info instanceof Error) return `${info.name}: ${info.message}`;
  return call.describe ? call.describe(info) : inline(info);
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function endedAsExpected({ call, history }: Row): boolean {
  return history?.states.at(-1) === call.expected;
}

function inline(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 3, maxStringLength: 120 });
}
