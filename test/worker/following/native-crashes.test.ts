import { expect, test } from 'vitest';
import { chain, chord, group, type Signature } from '../../../lib/index.ts';
import type { FunctionHost } from '../function-host.ts';
import { aCanvasHost } from './canvas-host.ts';

/** A host, and which errbacks were called. */
function aHost() {
  const given = aCanvasHost({
    settings: { canvasMode: 'native' },
    timeoutMs: 5_000,
    maxAttempts: 9,
  });
  const { app, add, xsum } = given;
  const told: string[] = [];
  const onError = app.errback('on_error', ({ id }) => void told.push(id));
  const steps = Array.from({ length: 8 }, () => add.s(1));
  const inner = (part: Signature<[], number>) =>
    chain(group([add.s(1, 1), part]), xsum.s(), ...steps) as unknown as Signature<[], number>;
  return { ...given, told, onError, inner };
}

function bodiesIn(runs: readonly string[]): string[] {
  return runs.filter((run) => run.startsWith('xsum'));
}

/** Loses the process at the request of this number, before or after it has its effect. Answers whether it came to that. */
function loseAt(host: FunctionHost, at: number, effect: 'before' | 'after'): () => boolean {
  let requests = 0;
  host.fault = () => {
    if (requests++ !== at) return undefined;
    void host.crash();
    return effect === 'before' ? new Error('lost') : undefined;
  };
  return () => requests > at;
}

test.for(['before', 'after'] as const)(
  'a process lost %s any effect leaves no chord hanging, and no two runs of its body',
  async (effect) => {
    let at = 0;
    for (let lost = true; lost; at++) {
      const { host, runs, add, xsum, inner } = aHost();
      const isLost = loseAt(host, at, effect);

      const result = await chord([inner(add.s(2, 2)), add.s(5, 5)], xsum.s()).applyAsync();
      await host.runUntilEmpty();

      lost = isLost();
      expect({ at, value: host.document(result.id)?.result }).toEqual({ at, value: 14 + 10 });
      const bodies = bodiesIn(runs);
      expect(new Set(bodies), `lost at ${at}`).toEqual(new Set(['xsum([2,4])', 'xsum([14,10])']));
      expect(bodies.length, `lost at ${at}`).toBeLessThanOrEqual(lost ? 3 : 2);
    }

    expect(at).toBeGreaterThan(30);
  },
);

test.for(['before', 'after'] as const)(
  'a process lost %s any effect of a failing chord leaves nobody waiting, and calls the errback',
  async (effect) => {
    let at = 0;
    for (let lost = true; lost; at++) {
      const { host, runs, told, add, xsum, fail, onError, inner } = aHost();
      const isLost = loseAt(host, at, effect);

      const body = xsum.s().set({ linkError: onError.s() });
      const result = await chord([inner(fail.s('no')), add.s(5, 5)], body).applyAsync();
      await host.runUntilEmpty();

      lost = isLost();
      expect({ at, end: host.document(result.id) }).toMatchObject({
        at,
        end: { status: 'FAILURE', result: { exc_type: 'ChordError' } },
      });
      expect(bodiesIn(runs)).toEqual([]);
      expect(new Set(told), `lost at ${at}`).toEqual(new Set([result.id]));
      expect(told.length, `lost at ${at}`).toBeLessThanOrEqual(lost ? 2 : 1);
    }

    expect(at).toBeGreaterThan(20);
  },
);
