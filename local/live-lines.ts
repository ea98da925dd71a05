/** Lines that change in place on a terminal; elsewhere each change is a line of its own. */
export interface LiveLines {
  /** Shows `lines` instead of those before. `change` is what happened, for output that cannot go back. */
  show(lines: readonly string[], change: string): void;
}

/** The part of a stream this needs; `process.stdout` has it. */
export interface TerminalLike {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const controlSequence = '\u001b[';

/** On a terminal, moves up and writes over; else prints `change` alone. */
export function liveLines(stream: TerminalLike): LiveLines {
  if (!stream.isTTY) return { show: (_, change) => stream.write(`${change}\n`) };
  let shown = 0;
  return {
    show(lines) {
      const width = (stream.columns ?? 80) - 1;
      const up = shown > 0 ? `${controlSequence}${shown}A` : '';
      // A line that wrapped would take two, and the next step up would be too short.
      const text = lines.map((line) => `${controlSequence}2K${line.slice(0, width)}\n`).join('');
      shown = lines.length;
      stream.write(up + text);
    },
  };
}
