import { createInterface } from 'node:readline';
import { type PythonProcess, startPython } from './python-process.ts';

/** What Python raised. */
export class PythonRaised extends Error {
  override readonly name = 'PythonRaised';
  /** Module and name of the class. */
  readonly type: string;
  /** `repr()` of the exception's arguments. */
  readonly args: string;
  /** Names of the class and of all it descends from: what `except` would catch it. */
  readonly bases: readonly string[];

  constructor({ type, args, bases }: Raised) {
    super(`${type}${args}`);
    this.type = type;
    this.args = args;
    this.bases = bases;
  }
}

interface Raised {
  readonly type: string;
  readonly args: string;
  readonly bases: readonly string[];
}

interface Answer {
  readonly id: number;
  readonly returned?: string;
  readonly raised?: Raised;
}

/** Real Python Celery as a producer, with the stack's printed settings and nothing else as configuration. */
export class PythonProducer {
  readonly #process: PythonProcess;
  readonly #waiting = new Map<number, (answer: Answer | Error) => void>();
  #commands = 0;

  private constructor(process: PythonProcess) {
    this.#process = process;
    const { child } = process;
    if (child.stdout) createInterface(child.stdout).on('line', (line) => this.#take(line));
    child.on('close', () => {
      const error = new Error(`Python has ended:\n${process.stderr()}`);
      for (const settle of this.#waiting.values()) settle(error);
    });
  }

  /** @param settings The output `CeleryPythonSettings`. */
  static async start(settings: string): Promise<PythonProducer> {
    return new PythonProducer(await startPython(settings, (file) => ['driver.py', file]));
  }

  /** Runs the body of a Python function, see `driver.py`. Answers `repr()` of what it returns. @throws PythonRaised */
  async run(body: string): Promise<string> {
    return await this.#send({ body });
  }

  /** Runs the body of a Python function. Answers what it returns, which JSON can carry. @throws PythonRaised */
  async value<T>(body: string): Promise<T> {
    return JSON.parse(await this.#send({ body, json: true }));
  }

  /** Answers `repr()` of a Python expression. @throws PythonRaised */
  async evaluate(expression: string): Promise<string> {
    return await this.run(`return (${expression})`);
  }

  /** What an expression raises. */
  async raisedBy(expression: string): Promise<PythonRaised> {
    try {
      const value = await this.evaluate(expression);
      throw new Error(`${expression} raised nothing and is ${value}`);
    } catch (error) {
      if (error instanceof PythonRaised) return error;
      throw error;
    }
  }

  /** Every AWS call that the process has made, as IAM names its action. */
  async awsCalls(): Promise<readonly string[]> {
    return JSON.parse(await this.#send({ calls: true }));
  }

  async close(): Promise<void> {
    await this.#process.close();
  }

  async #send(command: object): Promise<string> {
    const id = ++this.#commands;
    const answer = await new Promise<Answer>((resolve, reject) => {
      this.#waiting.set(id, (it) => (it instanceof Error ? reject(it) : resolve(it)));
      this.#process.child.stdin?.write(`${JSON.stringify({ id, ...command })}\n`);
    });
    if (answer.raised) throw new PythonRaised(answer.raised);
    return answer.returned ?? '';
  }

  #take(line: string): void {
    const answer: Answer = JSON.parse(line);
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }
}
