import { OperationalError } from '../../lib/errors.ts';
import type { Adapters } from '../../lib/ports/index.ts';
import type { SeededRandom } from '../../lib/testing/index.ts';
import type { Process } from './process.ts';
import { pick, type Trouble } from './scenario.ts';

/** What goes wrong with one request. */
export type Fault =
  | 'crashBefore'
  | 'crashAfter'
  | 'refused'
  | 'answerLost'
  | 'sentTwice'
  /** Its process stands still before it is sent. */
  | 'stoodStill';

/** Where a worker that stands still may have lost what it works under. */
const ofLeases: ReadonlySet<string> = new Set(['results.store', 'results.changeLease']);

/** Draws what goes wrong; nothing any more once its budgets are spent or `until` has come. */
export class FaultPlan {
  readonly #random: SeededRandom;
  readonly #until: number;
  readonly #crashRate: number;
  #crashes: number;
  #errors: number;
  #stalls: number;

  constructor(random: SeededRandom, trouble: Trouble, until: number) {
    const { crashes, errors, crashRate, stalls } = trouble;
    this.#random = random;
    this.#until = until;
    this.#crashes = crashes;
    this.#errors = errors;
    this.#stalls = stalls;
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

  /** For how long a process stands still before a request, in milliseconds: hardly ever. */
  drawStall(now: number, request: string): number {
    if (this.#stalls === 0 || now > this.#until || !ofLeases.has(request)) return 0;
    if (this.#random.number() > 0.3) return 0;
    this.#stalls--;
    return pick(this.#random, [20_000, 80_000, 200_000]);
  }
}

/** Verbs that are no requests. */
const local: ReadonlySet<string> = new Set(['queues', 'deadLetterQueue', 'queueOf']);

/** What a process sees of the engine: requests take time, fail, or are never answered because it is no more. */
export function adaptersOf(adapters: Adapters, process: Process, plan: FaultPlan): Adapters {
  const request = async (name: string, send: () => Promise<unknown>): Promise<unknown> => {
    await process.latency();
    const stallMs = process.dead ? 0 : plan.drawStall(process.now(), name);
    if (stallMs > 0) {
      process.suffer('stoodStill', name);
      await process.standStill(stallMs);
    }
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
