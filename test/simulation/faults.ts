import { OperationalError } from '../../lib/errors.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import type { SeededRandom } from '../../lib/testing/index.ts';
import type { Process } from './process.ts';
import { pick, type Trouble } from './scenario.ts';

/** What goes wrong with one request. */
export type Fault = 'crashBefore' | 'crashAfter' | 'refused' | 'answerLost' | 'sentTwice';

/** Draws what goes wrong; nothing any more once its budgets are spent or `until` has come. */
export class FaultPlan {
  readonly #random: SeededRandom;
  readonly #until: number;
  readonly #crashRate: number;
  #crashes: number;
  #errors: number;

  constructor(random: SeededRandom, { crashes, errors, crashRate }: Trouble, until: number) {
    this.#random = random;
    this.#until = until;
    this.#crashes = crashes;
    this.#errors = errors;
    this.#crashRate = crashRate;
  }

  draw(now: number): Fault | undefined {
    if (now > this.#until) return undefined;
    const chance = this.#random.number();
    if (this.#crashes > 0 && chance < this.#crashRate) {
      this.#crashes--;
      return chance < this.#crashRate / 2 ? 'crashBefore' : 'crashAfter';
    }
    if (this.#errors > 0 && chance > 0.94) {
      this.#errors--;
      return pick(this.#random, ['refused', 'answerLost', 'sentTwice'] as const);
    }
    return undefined;
  }
}

/** Verbs that are no requests. */
const local: ReadonlySet<string> = new Set(['queues', 'deadLetterQueue', 'queueOf']);

/** What a process sees of the engine: requests take time, fail, or are never answered because it is no more. */
export function adaptersOf(adapters: Adapters, process: Process, plan: FaultPlan): Adapters {
  const request = async (name: string, send: () => Promise<unknown>): Promise<unknown> => {
    await process.latency();
    const fault = process.dead ? undefined : plan.draw(process.now());
    if (fault) process.suffer(fault, name);
    if (fault === 'crashBefore') process.kill();
    if (process.dead) return await new Promise(() => {});
    if (fault === 'refused') throw new OperationalError(`${name} was refused`);
    let answer = await send();
    if (fault === 'sentTwice') answer = await send();
    if (fault === 'crashAfter') process.kill();
    if (process.dead) return await new Promise(() => {});
    if (fault === 'answerLost') throw new OperationalError(`The answer to ${name} was lost`);
    return answer;
  };
  return mapPorts(adapters, (port, verb, send) =>
    local.has(verb)
      ? undefined
      : (...args) => request(`${port}.${verb}`, async () => send(...args)),
  );
}

type Verb = (...args: unknown[]) => unknown;

/** The same adapters with some verbs replaced; `undefined` leaves one as it is. */
export function mapPorts(
  adapters: Adapters,
  replace: (port: string, verb: string, original: Verb) => Verb | undefined,
): Adapters {
  const ports = Object.entries(adapters).map(([port, target]: [string, unknown]) => {
    if (typeof target !== 'object' || target === null) return [port, target];
    const verbs = new Map<PropertyKey, unknown>();
    const wrapped = new Proxy(target, {
      get(_, verb) {
        if (verbs.has(verb)) return verbs.get(verb);
        const member: unknown = Reflect.get(target, verb, target);
        if (typeof member !== 'function') return member;
        const original: Verb = member.bind(target);
        const mapped = replace(port, String(verb), original) ?? original;
        verbs.set(verb, mapped);
        return mapped;
      },
    });
    return [port, wrapped];
  });
  return Object.fromEntries(ports) as Adapters;
}
