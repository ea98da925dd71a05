import { describe, expect, test } from 'vitest';
import type { Clock } from '../../lib/ports/index.ts';
import type { AsyncResult } from '../../lib/results/index.ts';
import { type DemoCall, runDemo } from '../../local/demo.ts';

/** A clock whose timers fire at once and move it on. */
function hurriedClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    setTimer(delayMs, run) {
      now += delayMs;
      const immediate = setImmediate(run);
      return () => clearImmediate(immediate);
    },
  };
}

interface Look {
  readonly state: string;
  readonly info?: unknown;
}

/** A result that is in the next of these states at each look, and stays in the last. */
function resultIn(...looks: readonly [Look, ...Look[]]): AsyncResult {
  let look = -1;
  const current = () => looks[look] ?? looks[0];
  const stub: Pick<AsyncResult, 'id' | 'state' | 'info'> = {
    id: '0123456789',
    async state() {
      look = Math.min(look + 1, looks.length - 1);
      return current().state;
    },
    info: async () => current().info,
  };
  return stub as AsyncResult;
}

async function run(...calls: readonly DemoCall[]) {
  let text = '';
  const asExpected = await runDemo({
    calls,
    clock: hurriedClock(),
    signal: new AbortController().signal,
    patienceMs: 1000,
    output: {
      write(chunk) {
        text += chunk;
      },
    },
  });
  return { asExpected, text };
}

const succeeds: DemoCall = {
  title: 'add(19, 23)',
  expected: 'SUCCESS',
  send: async () => resultIn({ state: 'PENDING' }, { state: 'SUCCESS', info: 42 }),
};

describe('runDemo', () => {
  test('shows every state as it comes, then the value', async () => {
    const { asExpected, text } = await run({
      title: 'import_rows(2)',
      expected: 'SUCCESS',
      send: async () =>
        resultIn(
          { state: 'PENDING' },
          { state: 'PROGRESS', info: { done: 0 } },
          { state: 'PROGRESS', info: { done: 1 } },
          { state: 'SUCCESS', info: { imported: 2 } },
        ),
    });

    expect(asExpected).toBe(true);
    expect(text).toContain('import_rows(2) [01234567] PENDING > PROGRESS { done: 0 }\n');
    expect(text).toContain('import_rows(2) [01234567] PENDING > PROGRESS { done: 1 }\n');
    expect(text).toContain('import_rows(2) [01234567] PENDING > PROGRESS > SUCCESS\n');
    expect(text).toMatch(/import_rows\(2\) .*yes .*\{ imported: 2 \}/);
  });

  test('an error that was expected is as expected', async () => {
    const error = Object.assign(new Error('declined'), { name: 'CardDeclined' });

    const { asExpected, text } = await run({
      title: 'charge()',
      expected: 'FAILURE',
      send: async () => resultIn({ state: 'FAILURE', info: error }),
    });

    expect(asExpected).toBe(true);
    expect(text).toMatch(/charge\(\) .*yes .*CardDeclined: declined/);
  });

  test('one task that ends otherwise fails the whole, and the table says which', async () => {
    const { asExpected, text } = await run(succeeds, {
      ...succeeds,
      title: 'odd',
      expected: 'FAILURE',
    });

    expect(asExpected).toBe(false);
    expect(text).toMatch(/add\(19, 23\) .*yes/);
    expect(text).toMatch(/odd .*NO: FAILURE/);
  });

  test('a task that never ends is given up', async () => {
    const send = async () => resultIn({ state: 'PENDING' });

    const { asExpected, text } = await run({ title: 'stuck', expected: 'SUCCESS', send });

    expect(asExpected).toBe(false);
    expect(text).toMatch(/stuck .*NO: SUCCESS .*has not ended/);
  });

  test('a value is described in the words of its call', async () => {
    const { text } = await run({ ...succeeds, describe: (value) => `the answer is ${value}` });

    expect(text).toContain('the answer is 42');
  });
});
