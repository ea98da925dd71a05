import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/**
 * Runs "$@" in a process group of its own that cannot outlive us: standard input is a pipe that only our process
 * holds, so that its end, however we die (SIGKILL included), ends the whole group, Lambda's children among it.
 * The group gets SIGTERM first, SIGKILL after $GUARD_GRACE seconds or as soon as the program itself has ended.
 * `trap :` and not `trap ''`: an ignored signal would be inherited by the program.
 */
const guard = `
trap : TERM
exec 3<&0
"$@" </dev/null & program=$!
( cat <&3 >/dev/null; kill -s TERM 0 ) &
wait "$program"
( sleep "$GUARD_GRACE"; kill -s KILL 0 ) &
wait "$program"
kill -s KILL 0
`;

/** What to run under guard. */
export interface GuardedProgram {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Takes all it prints. */
  readonly logFile: string;
  /** Seconds between SIGTERM and SIGKILL when it is stopped. */
  readonly graceSeconds: number;
}

/** A running program with everything it starts. */
export interface GuardedProcess {
  /** The process group: every process of it is gone once `stop` has resolved. */
  readonly groupId: number;
  /** Whether the program has ended, by itself or stopped. */
  ended(): boolean;
  /** Ends the group; resolves when no process of it is left. Calling it again does no harm. */
  stop(): Promise<void>;
}

/** Starts a program that ends with us. POSIX only. @throws when `sh` is not there. */
export async function startGuarded(program: GuardedProgram): Promise<GuardedProcess> {
  const log = openSync(program.logFile, 'a');
  const child = spawn('sh', ['-c', guard, 'guard', ...program.command], {
    detached: true,
    env: { ...program.env, GUARD_GRACE: String(program.graceSeconds) },
    stdio: ['pipe', log, log],
  });
  closeSync(log);
  await once(child, 'spawn');
  const gone = once(child, 'exit');
  return {
    groupId: Number(child.pid),
    ended: () => hasEnded(child),
    async stop() {
      child.stdin?.end();
      await gone;
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
