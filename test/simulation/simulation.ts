import { Application } from './application.ts';
import { EndCheck } from './check-end.ts';
import type { Violation } from './history.ts';
import { Lambda } from './lambda.ts';
import { Producers } from './producers.ts';
import type { Scenario } from './scenario.ts';
import { World } from './world.ts';

/** A run that takes longer than this circles. */
const mostSteps = 20_000;

/**
 * The real worker and producer on the in-process engine, on a virtual clock, with everything going wrong that a scenario
 * says: requests refused, lost or sent twice, processes that die before or after any of them, messages delivered twice
 * at once, late and out of order, schedules that fire late and twice. The same scenario and seed give the same run.
 */
export class Simulation {
  readonly #world: World;
  readonly #lambda: Lambda;
  readonly #producers: Producers;

  constructor(scenario: Scenario, seed: number) {
    this.#world = new World(scenario, seed);
    const application = new Application(this.#world);
    this.#lambda = new Lambda(this.#world, application);
    this.#producers = new Producers(this.#world, application);
  }

  get history(): readonly string[] {
    return this.#world.history.lines;
  }

  /** Runs to the end of everything that was published, or to the first guarantee that is broken. */
  async run(): Promise<Violation | undefined> {
    const { history, clock, guarantees, scenario, faultsUntil } = this.#world;
    for (let step = 0; step < mostSteps; step++) {
      await this.#lambda.receive();
      // Whatever can go on at this time does, before time goes on.
      await new Promise((resolve) => setImmediate(resolve));
      if (history.violation) return history.violation;
      if (this.#canReceive()) continue;
      const next = this.#nextEvent();
      if (next !== undefined) await clock.advanceTo(next);
      else if (this.#isOver()) {
        const fail = (what: string) => history.fail(what);
        new EndCheck(scenario, guarantees.records, { fail, faultsUntil }).run();
        return history.violation;
      }
    }
    history.fail('no end: something circles for ever');
    return history.violation;
  }

  /** Something was sent or given back meanwhile, and there is room for it. */
  #canReceive(): boolean {
    const now = this.#world.clock.now();
    return this.#lambda.hasRoom && this.#messages().some(({ visibleAt }) => visibleAt <= now);
  }

  #isOver(): boolean {
    return (
      this.#lambda.running === 0 &&
      this.#producers.pending === 0 &&
      this.#world.engine.parked().length === 0 &&
      this.#messages().length === 0
    );
  }

  #nextEvent(): number | undefined {
    const { clock } = this.#world;
    const now = clock.now();
    let next = clock.nextTimer() ?? Number.POSITIVE_INFINITY;
    for (const { visibleAt } of this.#messages())
      if (visibleAt > now) next = Math.min(next, visibleAt);
    return Number.isFinite(next) ? next : undefined;
  }

  #messages() {
    const { engine } = this.#world;
    return [...engine.messages('celery'), ...engine.messages('celery.control')];
  }
}
