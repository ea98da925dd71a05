import { Application } from './application.ts';
import { EndCheck } from './check-end.ts';
import type { Violation } from './history.ts';
import { Lambda } from './lambda.ts';
import { Producers } from './producers.ts';
import { PythonWorker } from './python-worker.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { type Simulated, simpler } from './shorten.ts';
import { runUntilQuiet } from './until-quiet.ts';
import { World } from './world.ts';

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
    this.#lambda = new Lambda(this.#world, application, new PythonWorker(this.#world));
    this.#producers = new Producers(this.#world, application);
  }

  get history(): readonly string[] {
    return this.#world.history.lines;
  }

  run(): Promise<Violation | undefined> {
    const world = this.#world;
    const { history, guarantees, scenario, faultsUntil } = world;
    return runUntilQuiet({
      world,
      lambda: this.#lambda,
      pending: () => this.#producers.pending,
      check: () => {
        const fail = (what: string) => history.fail(what);
        new EndCheck(scenario, guarantees.records, { fail, faultsUntil }).run();
      },
    });
  }
}

/** Single tasks of every kind. */
export const singleTasks: Simulated<Scenario> = {
  draw: drawScenario,
  simulate: (scenario, seed) => new Simulation(scenario, seed),
  simpler,
  ordersTried: 60,
  lastOrders: 300,
};
