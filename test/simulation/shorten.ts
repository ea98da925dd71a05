import type { Violation } from './history.ts';
import type { Scenario, Trouble } from './scenario.ts';

/** A kind of simulation: what a seed stands for, and what becomes of it. */
export interface Simulated<S> {
  /** What a seed stands for. */
  draw(seed: number): S;
  /** Runs a scenario; the seed decides the order of things. */
  simulate(scenario: S, seed: number): Run;
  /** Scenarios with one thing less. */
  simpler(scenario: S): Iterable<S>;
  /** Other orders of things that are tried with a scenario that has less in it. */
  readonly ordersTried: number;
  /** Orders tried at the end, for the shortest history. */
  readonly lastOrders: number;
}

/** One run of a simulation. */
export interface Run {
  readonly history: readonly string[];
  /** Answers the first guarantee that is broken. */
  run(): Promise<Violation | undefined>;
}

/** A run that broke a guarantee. */
export interface BrokenRun<S> {
  readonly scenario: S;
  readonly seed: number;
  readonly violation: Violation;
  readonly history: readonly string[];
}

/** Answers undefined where no guarantee is broken. */
export async function runOnce<S>(
  kind: Simulated<S>,
  scenario: S,
  seed: number,
): Promise<BrokenRun<S> | undefined> {
  const simulation = kind.simulate(scenario, seed);
  const violation = await simulation.run();
  return violation && { scenario, seed, violation, history: simulation.history };
}

/** Leaves out tasks, acts and faults for as long as the same guarantee breaks, and finds the shortest history of that. */
export async function shorten<S>(kind: Simulated<S>, broken: BrokenRun<S>): Promise<BrokenRun<S>> {
  let best = broken;
  for (let next: BrokenRun<S> | undefined = broken; next; ) {
    best = next;
    next = undefined;
    for (const scenario of kind.simpler(best.scenario)) {
      next = await firstLikeIt(kind, best, scenario);
      if (next) break;
    }
  }
  for (let seed = 0; seed < kind.lastOrders; seed++) {
    const other = await runOnce(kind, best.scenario, seed);
    if (other && isLike(other, best) && other.history.length < best.history.length) best = other;
  }
  return best;
}

async function firstLikeIt<S>(
  kind: Simulated<S>,
  broken: BrokenRun<S>,
  scenario: S,
): Promise<BrokenRun<S> | undefined> {
  for (const seed of [broken.seed, ...Array(kind.ordersTried).keys()]) {
    const other = await runOnce(kind, scenario, seed);
    if (other && isLike(other, broken)) return other;
  }
  return undefined;
}

function isLike<S>(one: BrokenRun<S>, other: BrokenRun<S>): boolean {
  return one.violation.kind === other.violation.kind;
}

/** Scenarios with one thing less. */
export function* simpler(scenario: Scenario): Generator<Scenario> {
  const { work, acts, trouble } = scenario;
  for (const { id } of work.length > 1 ? work : []) {
    yield {
      ...scenario,
      work: work.filter((one) => one.id !== id),
      acts: acts.filter((act) => act.kind !== 'revoke' || act.id !== id),
    };
  }
  for (const act of acts) yield { ...scenario, acts: acts.filter((one) => one !== act) };
  if (scenario.python > 0) yield { ...scenario, python: 0 };
  if (scenario.containers) yield { ...scenario, containers: 0 };
  for (const less of lessTrouble(trouble)) yield { ...scenario, trouble: { ...trouble, ...less } };
  for (const one of work) {
    if (one.countdown + one.at === 0) continue;
    const now = { ...one, countdown: 0, at: 0 };
    yield { ...scenario, work: work.map((other) => (other === one ? now : other)) };
  }
}

/** Less that goes wrong. */
export function* lessTrouble(trouble: Trouble): Generator<Partial<Trouble>> {
  if (trouble.schedules) yield { schedules: false };
  const budgets = [
    'crashes',
    'errors',
    'duplicates',
    'lostDeletes',
    'stalls',
    'throttles',
  ] as const;
  for (const name of budgets) {
    if (trouble[name] > 0) yield { [name]: 0 };
    if (trouble[name] > 1) yield { [name]: trouble[name] - 1 };
  }
}
