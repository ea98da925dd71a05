import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';

/** How a run of the command ended and all it printed. */
export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the command that has not ended. */
export interface RunningCli {
  /** Resolves with the match as soon as what it prints, on either stream, has one. Rejects when it ends without. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<CliRun>;
}

/** Runs the command from its sources, in a process of its own, to its end. */
export function celeryAws(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<CliRun> {
  return startCeleryAws(args, environment).ended;
}

/** Starts the command from its sources, in a process of its own. */
export function startCeleryAws(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): RunningCli {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = new EventEmitter();
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    printed.emit('more');
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    printed.emit('more');
  });
  const closed = once(child, 'close');
  const ended = closed.then(([code]) => ({ code, stdout, stderr }));
  return {
    async printed(pattern) {
      for (;;) {
        const match = pattern.exec(stdout) ?? pattern.exec(stderr);
        if (match) return match;
        if (child.exitCode !== null) throw new Error(`It ended without ${pattern}:\n${stderr}`);
        await Promise.race([once(printed, 'more'), ended]);
      }
    },
    kill: (signal) => child.kill(signal),
    ended,
  };
}
