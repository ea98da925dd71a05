import type { History, Violation } from './history.ts';
import type { Lambda } from './lambda.ts';
import type { World } from './world.ts';

/** A run that takes longer than this circles. */
const mostSteps = 50_000;

/** What goes on in a run. */
export interface Run {
  readonly world: Pick<World, 'clock' | 'engine'> & { readonly history: History };
  readonly lambda: Pick<Lambda, 'receive' | 'running' | 'hasRoom'>;
  /** Producers that are not through. */
  readonly pending: () => number;
  /** Called when all is over. */
  readonly check: () => void | Promise<void>;
}

/** Runs to the end of everything that was published, or to the first guarantee that is broken. */
export async function runUntilQuiet(run: Run): Promise<Violation | undefined> {
  const { history, clock } = run.world;
  for (let step = 0; step < mostSteps; step++) {
    await run.lambda.receive();
    // Whatever can go on at this time does, before time goes on.
    await new Promise((resolve) => setImmediate(resolve));
    if (history.violation) return history.violation;
    if (canReceive(run)) continue;
    const next = nextEvent(run);
    if (next !== undefined) await clock.advanceTo(next);
    else if (isOver(run)) {
      await run.check();
      return history.violation;
    }
  }
  history.fail('no end: something circles for ever');
  return history.violation;
}

/** Something was sent or given back meanwhile, and there is room for it. */
function canReceive(run: Run): boolean {
  const now = run.world.clock.now();
  return run.lambda.hasRoom && messages(run).some(({ visibleAt }) => visibleAt <= now);
}

function isOver(run: Run): boolean {
  return (
    run.lambda.running === 0 &&
    run.pending() === 0 &&
    run.world.engine.parked().length === 0 &&
    messages(run).length === 0
  );
}

function nextEvent(run: Run): number | undefined {
  const { clock } = run.world;
  const now = clock.now();
  let next = clock.nextTimer() ?? Number.POSITIVE_INFINITY;
  for (const { visibleAt } of messages(run)) if (visibleAt > now) next = Math.min(next, visibleAt);
  return Number.isFinite(next) ? next : undefined;
}

function messages({ world: { engine } }: Run) {
  return [...engine.messages('celery'), ...engine.messages('celery.control')];
}
