import type { DeadLetter } from '../lib/dead-letters/index.ts';
import { stringifyJson } from '../lib/protocol/index.ts';

const headings = ['SINCE', 'QUEUE', 'TASK', 'ID', 'REASON', 'ARGUMENTS', 'DETAIL'] as const;
/** Arguments may be long, and detail is to be seen. */
const mostArguments = 48;

/**
 * Letters as a table, a line each. Nothing in it is other than plain text: what a stranger has written into a message
 * must not steer a terminal. Arguments are shown as logs show them.
 *
 * @param width Columns of the terminal, after which lines are cut. @default no limit
 */
export function letterTable(letters: readonly DeadLetter[], width?: number): string {
  const rows = [headings, ...letters.map(cells)];
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => line.trimEnd().slice(0, width))
    .join('\n');
}

/** A letter as one line of JSON. @param withArguments Also the arguments themselves, whatever logs show of them. */
export function letterJson(letter: DeadLetter, withArguments: boolean): string {
  const { messageId, queue, id, task, reason, detail, sentAt, content, unreadable, body } = letter;
  const message = content?.message;
  return stringifyJson({
    messageId,
    queue,
    id: id ?? null,
    task: task ?? null,
    reason: reason ?? null,
    detail: detail ?? null,
    sentAt: isoTime(sentAt),
    ...(message && {
      retries: message.retries,
      argsrepr: message.argsrepr,
      kwargsrepr: message.kwargsrepr,
      ...(withArguments && { args: message.args, kwargs: message.kwargs }),
    }),
    ...(unreadable && { unreadable: unreadable.message, body }),
  });
}

function cells(letter: DeadLetter): string[] {
  const { sentAt, queue, task, id, reason, detail, unreadable } = letter;
  return [
    isoTime(sentAt),
    queue,
    task ?? '-',
    id ?? '-',
    reason ?? '-',
    shorten(argumentsOf(letter)),
    detail ?? unreadable?.message ?? '',
  ].map(plain);
}

function argumentsOf({ content }: DeadLetter): string {
  if (!content) return '-';
  const { argsrepr, kwargsrepr } = content.message;
  return kwargsrepr === '{}' ? argsrepr : `${argsrepr} ${kwargsrepr}`;
}

function shorten(text: string): string {
  return text.length > mostArguments ? `${text.slice(0, mostArguments - 3)}...` : text;
}

/** Control characters, separators of lines and what turns text around become visible blanks. */
function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, '\u00b7');
}

function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
