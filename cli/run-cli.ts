import { createRequire } from 'node:module';
import { CeleryError } from '../lib/errors.ts';
import type { TerminalLike } from '../local/live-lines.ts';
import { type Command, UsageError } from './command.ts';
import { call } from './commands/call.ts';
import { deadLetters } from './commands/dead-letters.ts';
import { demo } from './commands/demo.ts';
import { deploy } from './commands/deploy.ts';
import { dev } from './commands/dev.ts';
import { local } from './commands/local.ts';
import { worker } from './commands/worker.ts';
import { abortOnInterrupt } from './interrupt.ts';

const commands: readonly Command[] = [local, demo, deploy, dev, worker, call, deadLetters];

/** Where a command prints: what it answers, and what it says about it. */
export interface Streams {
  readonly stdout: TerminalLike;
  readonly stderr: TerminalLike;
}

/** Runs `celery-aws` with these arguments; answers the exit code: 0 well, 1 failed, 2 a wrong command line. */
export async function runCli(argv: readonly string[], streams: Streams = process): Promise<number> {
  const [name, ...args] = argv;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    print(streams, overview());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-V') {
    print(streams, ownVersion());
    return 0;
  }
  const command = commands.find((one) => one.name === name);
  if (command === undefined) {
    report(streams, `There is no command '${name}'.\n\n${overview()}`);
    return 2;
  }
  if (args.includes('--help') || args.includes('-h')) {
    print(streams, helpFor(command));
    return 0;
  }
  return await runCommand(command, args, streams);
}

async function runCommand(
  command: Command,
  args: readonly string[],
  streams: Streams,
): Promise<number> {
  const interrupt = abortOnInterrupt();
  try {
    return await command.run(args, {
      output: streams.stdout,
      print: (line) => print(streams, line),
      report: (line) => report(streams, line),
      signal: interrupt.signal,
    });
  } catch (error) {
    if (error instanceof UsageError) {
      report(streams, `${error.message}\n\n${helpFor(command)}`);
      return 2;
    }
    if (interrupt.signal.aborted) return interrupt.exitCode();
    // What a user can put right needs no stack trace; anything else is our mistake, and needs one.
    report(streams, error instanceof CeleryError ? error.message : describe(error));
    return 1;
  } finally {
    interrupt.dispose();
  }
}

/** By the package's own name, since sources and built files do not stand equally deep in it. */
function ownVersion(): string {
  return createRequire(import.meta.url)('celery-aws/package.json').version;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function overview(): string {
  const width = Math.max(...commands.map(({ name, usage }) => name.length + usage.length + 1));
  const lines = commands.map(
    ({ name, usage, summary }) => `  ${`${name} ${usage}`.padEnd(width)}   ${summary}`,
  );
  return [
    'Usage: celery-aws COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    'celery-aws COMMAND --help tells more, celery-aws --version which this is.',
  ].join('\n');
}

function helpFor({ name, usage, summary, details }: Command): string {
  return `Usage: celery-aws ${name} ${usage}\n\n${summary}.\n\n${details}`;
}

function print({ stdout }: Streams, text: string): void {
  stdout.write(`${text}\n`);
}

function report({ stderr }: Streams, text: string): void {
  stderr.write(`${text}\n`);
}
