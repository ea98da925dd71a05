import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { drawScenario } from './scenario.ts';
import { type BrokenRun, runOnce, shorten } from './shorten.ts';
import { Simulation } from './simulation.ts';

/** Two files share the seeds, so that two cores work. */
const shares = 2;

/**
 * Runs a share of the seeds. `SEEDS=20000 npx vitest run --project unit test/simulation` runs more of them, `SEED=17` one
 * with its history. The first that breaks a guarantee is told, and a shortened run that breaks the same one.
 */
export function checkSeeds(share: number): void {
  const { SEEDS = '2000', SEED } = process.env;
  if (SEED !== undefined) {
    if (Number(SEED) % shares === share) checkOne(Number(SEED));
    else test.skip(`seed ${SEED} is the other file's`);
    return;
  }
  const seeds = Number(SEEDS);
  test(`the guarantees hold over ${seeds / shares} of ${seeds} seeds`, {
    timeout: 3_600_000,
  }, async () => {
    let report = '';
    for (let seed = share; seed < seeds && report === ''; seed += shares) {
      const broken = await runOnce(drawScenario(seed), seed);
      if (broken) report = describe(broken, await shorten(broken));
    }

    expect(report).toBe('');
  });
}

function checkOne(seed: number): void {
  test(`the guarantees hold in seed ${seed}`, async () => {
    const simulation = new Simulation(drawScenario(seed), seed);
    const violation = await simulation.run();
    console.log(simulation.history.join('\n'));

    expect(violation).toBeUndefined();
  });
}

function describe({ seed, violation, history }: BrokenRun, short: BrokenRun): string {
  return [
    `SEED=${seed} (${history.length} lines of history): ${violation.message}`,
    `Shortened to ${short.history.length} lines: ${short.violation.message}`,
    inspect(short.scenario, { depth: null, breakLength: 120 }),
    ...short.history,
  ].join('\n');
}
