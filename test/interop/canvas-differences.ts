import type { CanvasRun } from './canvas-comparison.ts';

/** Facts in which canvases are not as with Python alone where TypeScript has a part in them, and why. */
interface CanvasDifference {
  readonly shapes: readonly string[];
  /** Where it shows: with a producer of ours, or with a worker. */
  readonly of: 'producer' | 'worker';
  readonly facts: readonly string[];
  readonly why: string;
}

const everyFact = ['runs', 'children', 'parents', 'groups'];

const differences: readonly CanvasDifference[] = [
  {
    shapes: ['stamped chord'],
    of: 'producer',
    facts: ['runs'],
    why: 'stamps go to the body, too; Celery gives it none without a visitor',
  },
  {
    shapes: ['chain that fails at once', 'chain that fails on the way'],
    of: 'worker',
    facts: ['runs'],
    why: 'of a step that never ran the result says how it failed, not what it was',
  },
  {
    shapes: ['group whose chain fails', 'chord whose chain fails'],
    of: 'worker',
    facts: ['runs', 'groups'],
    why: 'of a step that never ran the result says how it failed, not what it was',
  },
  {
    shapes: ['chain that fails before a chord', 'chord into a group that fails'],
    of: 'worker',
    facts: everyFact,
    why: "Celery stores the failure under the group's id, too, where no result is read",
  },
  {
    shapes: ['chord that fails, with an errback of one parameter'],
    of: 'worker',
    facts: everyFact,
    why: 'a body stores its failure before it calls its errbacks: they are no children of it',
  },
  {
    shapes: [
      'errback of three parameters',
      'chord that fails, with an errback of three parameters',
    ],
    of: 'worker',
    facts: everyFact,
    why: 'an errback is a task of its own, where Celery calls it in the worker that failed',
  },
];

/** Why a run may differ in a fact; undefined: it may not. */
export function reasonFor(run: CanvasRun, fact: string): string | undefined {
  return differencesOf(run).find(({ facts }) => facts.includes(fact))?.why;
}

/** Facts in which a run certainly differs: what Python's workers have a part in may be theirs alone. */
export function certainDifferences(run: CanvasRun): readonly string[] {
  return run.runBy === 'both' ? [] : differencesOf(run).flatMap(({ facts }) => facts);
}

function differencesOf({ shape, sentBy, runBy }: CanvasRun): readonly CanvasDifference[] {
  const has = { producer: sentBy === 'TypeScript', worker: runBy !== 'Python' };
  return differences.filter(({ shapes, of }) => has[of] && shapes.includes(shape));
}
