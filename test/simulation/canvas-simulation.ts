import { CanvasApplication } from './canvas-application.ts';
import { CanvasEndCheck, written } from './canvas-check-end.ts';
import { CanvasProducers } from './canvas-producers.ts';
import { CanvasPython } from './canvas-python.ts';
import { type CanvasScenario, drawCanvasScenario } from './canvas-scenario.ts';
import { simplerCanvases } from './canvas-simpler.ts';
import { CanvasWorld } from './canvas-world.ts';
import type { Violation } from './history.ts';
import { Lambda } from './lambda.ts';
import type { Simulated } from './shorten.ts';
import { runUntilQuiet } from './until-quiet.ts';

/**
 * Nested canvases, run by the real worker on the in-process engine with everything going wrong that a scenario says,
 * with and without a Python worker that takes its share. The same scenario and seed give the same run.
 */
export class CanvasSimulation {
  readonly #world: CanvasWorld;
  readonly #lambda: Lambda;
  readonly #producers: CanvasProducers;
  readonly #python: CanvasPython;

  constructor(scenario: CanvasScenario, seed: number) {
    this.#world = new CanvasWorld(scenario, seed);
    for (const tree of scenario.trees) this.#world.history.note(written(tree));
    const application = new CanvasApplication(this.#world);
    this.#python = new CanvasPython(this.#world, application);
    this.#lambda = new Lambda(this.#world, application, this.#python);
    this.#producers = new CanvasProducers(this.#world);
  }

  get history(): readonly string[] {
    return this.#world.history.lines;
  }

  run(): Promise<Violation | undefined> {
    return runUntilQuiet({
      world: this.#world,
      lambda: this.#lambda,
      pending: () => this.#producers.pending,
      check: () => new CanvasEndCheck(this.#world, this.#python.miscounted).run(),
    });
  }
}

/** Nested canvases. */
export const canvases: Simulated<CanvasScenario> = {
  draw: drawCanvasScenario,
  simulate: (scenario, seed) => new CanvasSimulation(scenario, seed),
  simpler: simplerCanvases,
  ordersTried: 6,
  lastOrders: 60,
};
