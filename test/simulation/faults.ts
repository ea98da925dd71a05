import { OperationalError } from '../../lib/errors.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import type { SeededRandom } from '../../lib/testing/index.ts';
import type { Process } from './process.ts';

/** What goes wrong with one request. */
export type Fault = 'crashBefore' | 'crashAfter' | 'refused' | 'answerLost' | 'sentTwice';

/** How much goes wrong in a run, at most. Draws nothing any more once its budgets are spent or `until` has come. */
export class FaultPlan {
  readonly #random: SeededRandom;
  readonly #until: number;
  readonly #crashRate: number;
  crashes: number;
  errors: number;

  constructor(random: SeededRandom, until: number) {
    this.#random = random;
    this.#until = until;
    this.crashes = pick(random, [0, 1, 2, 5]);
    this.errors = pick(random, [0, 1, 3, 8]);
    this.#crashRate = pick(random, [0.02, 0.05, 0.15]);
  }

  draw(now: number): Fault | undefined {
    if (now > this.#until) return undefined;
    const chance = this.#random.number();
    if (this.crashes > 0 && chance < this.#crashRate) {
      this.crashes--;
      return chance < this.#crashRate / 2 ? 'crashBefore' : 'crashAfter';
    }
    if (this.errors > 0 && chance > 0.94) {
      this.errors--;
      return pick(this.#random, ['refused', 'answerLost', 'sentTwice'] as const);
    }
    return undefined;
  }
}

export function pick<T>(random: SeededRandom, from: readonly T[]): T {
  return from[Math.floor(random.number() * from.length)] as T;
}

/** What a process sees of the engine: requests take time, fail, or are never answered because it is no more. */
export function adaptersOf(
  adapters: Adapters,
  process: Process,
  plan: FaultPlan,
  note: (fault: Fault, name: string, args: readonly unknown[]) => void,
): Adapters {
  const request = async (
    name: string,
    args: readonly unknown[],
    send: () => Promise<unknown>,
  ): Promise<unknown> => {
    await process.latency();
    const fault = process.dead ? undefined : plan.draw(process.now());
    if (fault) note(fault, name, args);
    if (fault === 'crashBefore') process.kill();
    if (process.dead) return await new Promise(() => {});
    if (fault === 'refused') throw new OperationalError(`${name} was refused`);
    const answer = await send();
    if (fault === 'sentTwice') await send();
    if (fault === 'crashAfter') process.kill();
    if (process.dead) return await new Promise(() => {});
    if (fault === 'answerLost') throw new OperationalError(`The answer to ${name} was lost`);
    return answer;
  };
  const wrap = <T extends object>(port: string, target: T): T =>
    new Proxy(target, {
      get(_, verb) {
        const member: unknown = Reflect.get(target, verb, target);
        if (typeof member !== 'function') return member;
        if (!asynchronous.has(String(verb))) return member.bind(target);
        return (...args: unknown[]) =>
          request(`${port}.${String(verb)}`, args, async () => member.apply(target, args));
      },
    });
  return {
    ...adapters,
    broker: wrap('broker', adapters.broker),
    consumer: wrap('consumer', adapters.consumer),
    results: wrap('results', adapters.results),
    startMarks: wrap('startMarks', adapters.startMarks),
  };
}

const asynchronous: ReadonlySet<string> = new Set([
  ...['send', 'sendBatch', 'delete', 'changeVisibility'],
  ...['read', 'store', 'forget', 'mark', 'unmark', 'end'],
]);
