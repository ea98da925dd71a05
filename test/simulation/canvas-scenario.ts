import type { CanvasMode } from '../../lib/app/settings.ts';
import { SeededRandom } from '../../lib/testing/index.ts';
import { type TreeChoices, TreeDrawer } from './canvas-draw.ts';
import { type CanvasTree, tasksIn } from './canvas-tree.ts';
import { between, drawTrouble, pick, type Trouble } from './scenario.ts';

/** Somebody revokes a task while the canvas runs. */
export interface RevokeAct {
  readonly label: string;
  /** Seconds from the beginning. */
  readonly at: number;
  readonly terminate: boolean;
}

/**
 * What Python workers on the queue take. `careful`: nothing twice, so that all guarantees hold; `careless`: whatever
 * comes, so that only those hold that do not depend on them.
 */
export type PythonManner = 'careful' | 'careless';

/** All that a run is made of but the order of things: plain data, so that it can be shortened. */
export interface CanvasScenario {
  readonly trees: readonly CanvasTree[];
  readonly revokes: readonly RevokeAct[];
  readonly trouble: Trouble;
  /** The share of receives that a Python worker makes. */
  readonly python: number;
  readonly manner: PythonManner;
  /** How it is sent: to TypeScript workers alone, or to Python's as well. */
  readonly mode: CanvasMode;
  /** Tasks of one batch that run at once. */
  readonly concurrency: number;
}

const day = 86_400;

const profiles: readonly (TreeChoices & {
  /** The share of tasks that is revoked. */
  readonly revoked: number;
  readonly manner?: PythonManner;
})[] = [
  /** All goes well. */
  { behaviours: ['ok'], countdowns: [0], expiring: 0, revoked: 0 },
  /** Tasks fail, and come again. */
  {
    behaviours: ['ok', 'ok', 'ok', 'ok', 'retry', 'fail'],
    countdowns: [0, 0, 0, 0, 20],
    expiring: 0,
    revoked: 0,
  },
  /** Tasks that never run, or end their process. */
  {
    behaviours: [...Array<'ok'>(12).fill('ok'), 'retry', 'unknown', 'killer'],
    countdowns: [0, 0, 0, 20],
    expiring: 0.02,
    revoked: 0.02,
  },
  /** Delays of every length. */
  {
    behaviours: [...Array<'ok'>(8).fill('ok'), 'retry', 'fail'],
    countdowns: [0, 0, 0, 20, 1000, 2 * day, 40 * day],
    expiring: 0,
    revoked: 0.05,
  },
  /** Beside a Python worker. */
  {
    behaviours: [...Array<'ok'>(8).fill('ok'), 'retry', 'fail'],
    countdowns: [0, 0, 0, 0, 20],
    expiring: 0,
    revoked: 0,
    manner: 'careful',
  },
  {
    behaviours: [...Array<'ok'>(8).fill('ok'), 'fail'],
    countdowns: [0],
    expiring: 0,
    revoked: 0,
    manner: 'careless',
  },
];

/** What a seed stands for. */
export function drawCanvasScenario(seed: number): CanvasScenario {
  const random = new SeededRandom(seed);
  const profile = pick(random, profiles);
  const drawer = new TreeDrawer(random, profile);
  const trees = Array.from({ length: pick(random, [1, 1, 2]) }, () => drawer.draw());
  const revoked = trees.flatMap(tasksIn).filter(() => random.number() < profile.revoked);
  return {
    trees,
    revokes: revoked.map(({ label }) => ({
      label,
      at: pick(random, [0, 1, 3, 10, 60, 901, 3000]) + random.number(),
      terminate: random.number() < 0.3,
    })),
    trouble: drawTrouble(random),
    python: profile.manner ? pick(random, [0.3, 0.6, 0.9]) : 0,
    manner: profile.manner ?? 'careful',
    mode: profile.manner || random.number() < 0.5 ? 'compatible' : 'native',
    concurrency: between(random, 1, 5),
  };
}
