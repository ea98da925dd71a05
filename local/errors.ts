import { CeleryError } from '../lib/errors.ts';

/** No local AWS could be found or started: what was tried, and what to install. */
export class EngineUnavailable extends CeleryError {
  override readonly name = 'EngineUnavailable';
}

/** A program that we started ended badly; `output` is all it printed. */
export class CommandFailed extends CeleryError {
  override readonly name = 'CommandFailed';
  readonly output: string;

  constructor(commandLine: string, outcome: string, output: string) {
    const tail = output.trim().split('\n').slice(-40).join('\n');
    super(
      `${commandLine}\n${outcome}${tail === '' ? ', and printed nothing' : `, after printing:\n${tail}`}`,
    );
    this.output = output;
  }
}
