import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { type BrokenRun, runOnce, type Simulated, shorten } from './shorten.ts';

/** Two files share the seeds, so that two cores work. */
const shares = 2;

/**
 * Runs a share of the seeds. `SEEDS=20000 npx vitest run --project unit test/simulation` runs more of them, `SEED=17` one
 * with its history. The first that breaks a guarantee is told, and a shortened run that breaks the same one.
 */
export function checkSeeds<S>(kind: Simulated<S>, share: number): void {
  const { SEEDS = '2000', SEED } = process.env;
  if (SEED !== undefined) {
    if (Number(SEED) % shares === share) checkOne(kind, Number(SEED));
    else test.skip(`seed ${SEED} is the other file's`);
    return;
  }
  const seeds = Number(SEEDS);
  test(`the guarantees hold over ${seeds / shares} of ${seeds} seeds`, {
    timeout: 3_600_000,
  }, async () => {
    let report = '';
    for (let seed = share; seed < seeds && report === ''; seed += shares) {
      const broken = await runOnce(kind, kind.draw(seed), seed);
      if (broken) report = describe(broken, await shorten(kind, broken));
    }

    expect(report).toBe('');
  });
}

function checkOne<S>(kind: Simulated<S>, seed: number): void {
  test(`the guarantees hold in seed ${seed}`, async () => {
    const simulation = kind.simulate(kind.draw(seed), seed);
    const violation = await simulation.run();
    console.log(simulation.history.join('\n'));

    expect(violation).toBeUndefined();
  });
}

function describe<S>({ seed, violation, history }: BrokenRun<S>, short: BrokenRun<S>): string {
  return [
    `SEED=${seed} (${history.length} lines of history): ${violation.message}`,
    `Shortened to ${short.history.length} lines: ${short.violation.message}`,
    inspect(short.scenario, { depth: null, breakLength: 120 }),
    ...short.history,
  ].join('\n');
}
