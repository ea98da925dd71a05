import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { FunctionHost } from '../worker/function-host.ts';

/**
 * Rules of the design that look odd until one leaves them out, each with the directed tests that fail without it. Some
 * need twenty thousand random seeds to show, so the simulator alone would not keep them.
 */
const corrections: readonly (readonly [rule: string, file: string, title: string])[] = [
  [
    'a retry is published again with the arguments that it changed',
    'worker/retries.test.ts',
    'a retry stored but not published is published by the redelivery, with its changed arguments',
  ],
  [
    'who meets a live lease judges nobody',
    'worker/leases.test.ts',
    'nobody judges a task while its lease lives: it ends as it ends',
  ],
  [
    'starts under a lease are counted by the lease, without a mark',
    'worker/leases.test.ts',
    'is counted: after maxAttempts of them the task fails, and no mark is made',
  ],
  [
    'who has lost its lease stores nothing',
    '../lib/testing/contracts/result-leases.ts',
    'a former owner stores nothing, extends nothing and gives nothing back',
  ],
  [
    'nothing starts under a lease that is over when it is taken',
    'worker/leases.test.ts',
    '%s when its lease is taken after %d ms: it must be there to extend it in time',
  ],
  [
    'a mark that is repeated because its answer was lost counts once',
    '../lib/testing/contracts/start-marks.ts',
    'each start counts once, whoever repeats it',
  ],
  [
    'starts are counted by attempt',
    'simulation/corrections.test.ts',
    'a retry is judged by its own starts, not by those of the attempts before it',
  ],
  [
    'starts are counted by the generation of a dead letter',
    'simulation/corrections.test.ts',
    'a letter that was sent back is judged by its own starts, not by those before its death',
  ],
  [
    'who outlives a start takes its mark back',
    'worker/starting/suspects.test.ts',
    'whose outcome cannot be stored takes its mark back each time',
  ],
  [
    'nobody is judged before the deadline of the latest start',
    'worker/starting/suspects.test.ts',
    'is not judged while a start of it may still be running',
  ],
  [
    'the mark of a start that leaves no result says that it ended',
    'worker/starting/suspects.test.ts',
    'whose result is ignored does not run again after a marked start that ended well',
  ],
  [
    'what waited behind others is read again',
    'worker/races.test.ts',
    'a start that waited behind others rests on a new read',
  ],
  [
    'following a dead state includes sending the letter',
    'worker/dead-letters.test.ts',
    'whose letter cannot be sent is given back, and dead-lettered at the next receipt',
  ],
  [
    'a letter runs in its own generation alone',
    'simulation/corrections.test.ts',
    'a letter of an earlier death starts nothing after a later one',
  ],
  [
    'a copy of an attempt starts nothing once a later one is on record',
    'simulation/corrections.test.ts',
    'a copy of an earlier attempt starts nothing once two later ones are on record',
  ],
  [
    'older letters settle while a newer one is at work',
    'simulation/corrections.test.ts',
    'a copy from before the death starts nothing while the letter is at work',
  ],
  [
    'who parks looks for the revoke once more',
    'worker/starting/revoke.test.ts',
    'that is just being parked is found by its worker: the record is read once more',
  ],
  [
    'nobody parks for longer than a revoke is remembered',
    'worker/starting/plan-parking.test.ts',
    'no plan brings a message home after its eta, but for the rest of a second, or waits over a week',
  ],
  [
    'each wait of one message has a schedule of its own',
    'worker/starting/parking.test.ts',
    'parks anew week after week, though a schedule that has fired goes late',
  ],
  [
    'a revoke by stamp meets what was parked weeks before',
    'worker/starting/revoke.test.ts',
    'meets what was parked before it, weeks later',
  ],
  [
    'an outage condemns nobody: receives are no starts',
    'simulation/corrections.test.ts',
    'fifty receives in an outage neither condemn a task nor dead-letter its message',
  ],
  [
    'the queue itself gives up after a hundred receives at the earliest',
    'cdk/task-queue.test.ts',
    'is encrypted and leads to a dead-letter queue that keeps letters for 14 days',
  ],
  [
    'a write over an expired item replaces it whole',
    '../lib/testing/contracts/result-expiry.ts',
    'a final item past its ttl is replaced whole: nothing of it is left',
  ],
  [
    'a unique call whose caller died is completed under its id',
    'producer/unique.test.ts',
    'whose caller died before the mark is completed after 30 seconds, under the same id',
  ],
  [
    'ids of what follows come from the attempt that is stored',
    'worker/following/chord-corrections.test.ts',
    'has its ids from the attempt that ended it, whichever attempt is delivered',
  ],
  [
    'a step that has ended is not sent again',
    'worker/following/chord-corrections.test.ts',
    'leaves a step alone that has ended: a duplicate does not travel down the chain',
  ],
  [
    'what Python finished, Python has followed',
    'worker/following/chord-corrections.test.ts',
    'is not what Python finished: it has published that before it stored the end',
  ],
  [
    'what Python finished, Python has counted',
    'worker/following/chord-corrections.test.ts',
    'that Python finished is not counted again',
  ],
  [
    'a chord that Python joined and deleted is not made again',
    'worker/following/chord-corrections.test.ts',
    'makes no chord again that Python has joined and deleted meanwhile',
  ],
  [
    'the results of the members decide, the count is a hint',
    'worker/following/chord-corrections.test.ts',
    'counted twice by Python joins nothing too early, and fails nothing',
  ],
  [
    'a part is counted only where there is a counter',
    'worker/following/chord-corrections.test.ts',
    'whose counter Python deletes in the moment of counting creates none',
  ],
  [
    'the check is sent before the last part is counted',
    'worker/following/chord-corrections.test.ts',
    'that would complete the count has a check sent before it is counted',
  ],
  [
    'records of a chord that we joined stay',
    'worker/following/chord-corrections.test.ts',
    'stay when we have joined it: a late part of Python finds its group, and fails nothing',
  ],
  [
    'what a chord needs lives as long as its latest part',
    'worker/following/chord-corrections.test.ts',
    'that starts in sixty days finds the values of the others',
  ],
  [
    'native chords are joined without a claim',
    'worker/following/chord-corrections.test.ts',
    'is joined by whichever part finds it full: nobody claims it and takes it along',
  ],
];

test.for(corrections)('%s: %s keeps it', ([, file, title]) => {
  const source = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

  expect(source.replaceAll(/\(\s+/g, '(')).toContain(`('${title}'`);
});

/** Loses the process of a task's first starts. */
function aKillerOf(host: FunctionHost, lost: (attempt: number, start: number) => boolean) {
  const starts: number[] = [];
  const task = host.app.task('task', { bind: true, maxRetries: 3 }, (self) => {
    const { retries } = self.request;
    starts[retries] = (starts[retries] ?? 0) + 1;
    if (lost(retries, starts[retries])) return host.crash();
    if (retries === 0) self.retry({ exc: new Error('again'), countdown: 0 });
    return 'well';
  });
  return { task, starts };
}

describe('marks of starts', () => {
  test('a retry is judged by its own starts, not by those of the attempts before it', async () => {
    const host = new FunctionHost({ maxAttempts: 2 });
    const { task, starts } = aKillerOf(host, (_, start) => start <= 2);
    const { id } = await task.delay();

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'well' });
    expect(starts).toEqual([3, 3]);
  });

  test('a letter that was sent back is judged by its own starts, not by those before its death', async () => {
    const host = new FunctionHost({ maxAttempts: 2 });
    let starts = 0;
    const task = host.app.task('task', () => (++starts <= 5 ? host.crash() : 'well'));
    const { id } = await task.delay();
    await host.runUntilEmpty();
    const [letter] = host.letters();

    await host.engine.adapters().broker.send('celery', { body: letter?.body ?? '' });
    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 'well' });
    expect(starts).toBe(6);
  });

  test('fifty receives in an outage neither condemn a task nor dead-letter its message', async () => {
    const host = new FunctionHost();
    const add = host.app.task('add', (x: number, y: number) => x + y);
    const { id } = await add.delay(1, 2);
    let requests = 0;
    host.fault = (port) =>
      port === 'admissions' && ++requests <= 50 ? new Error('throttled') : undefined;

    await host.runUntilEmpty();

    expect(host.document(id)).toMatchObject({ status: 'SUCCESS', result: 3 });
    expect(host.letters()).toEqual([]);
  });
});

describe('attempts', () => {
  test('a copy of an earlier attempt starts nothing once two later ones are on record', async () => {
    const host = new FunctionHost();
    const starts: number[] = [];
    const task = host.app.task('again', { bind: true }, (self) => {
      const { retries } = self.request;
      starts.push(retries);
      if (retries < 2) self.retry({ countdown: retries === 0 ? 0 : 3600 });
    });
    await task.delay();
    const [original] = host.engine.messages('celery');
    await host.invoke();
    await host.invoke();

    await host.engine.adapters().broker.send('celery', { body: original?.body ?? '' });
    await host.invoke();
    const startsBefore = [...starts];
    await host.runUntilEmpty();

    expect(startsBefore).toEqual([0, 1]);
    expect(starts).toEqual([0, 1, 2]);
  });
});

describe('generations of letters', () => {
  test('a letter of an earlier death starts nothing after a later one', async () => {
    const host = new FunctionHost();
    const { broker } = host.engine.adapters();
    await host.app.sendTask('later', [], { taskId: 'dead' });
    await host.runUntilEmpty();
    const [first] = host.letters();
    await broker.send('celery', { body: first?.body ?? '' });
    await host.runUntilEmpty();
    let starts = 0;
    host.app.task('later', () => ++starts);

    await broker.send('celery', { body: first?.body ?? '' });
    await host.runUntilEmpty();

    expect(starts).toBe(0);
    expect(host.engine.item('dead')?.own).toMatchObject({ status: 'FAILURE', dead: 2 });
  });

  test('a copy from before the death starts nothing while the letter is at work', async () => {
    const host = new FunctionHost();
    const { broker } = host.engine.adapters();
    await host.app.sendTask('later', [], { taskId: 'dead' });
    const [original] = host.engine.messages('celery');
    await host.runUntilEmpty();
    const [letter] = host.letters();
    const starts: number[] = [];
    host.app.task('later', { bind: true }, async (self) => {
      starts.push(self.request.retries);
      if (starts.length === 1) await self.updateState({ state: 'PROGRESS' });
      await broker.send('celery', { body: original?.body ?? '' });
      await host.sleep(1000);
      if (starts.length === 1) return await host.crash();
      return 'well';
    });

    await broker.send('celery', { body: letter?.body ?? '' });
    await host.invoke();
    const startsOfLetter = starts.length;
    await host.invoke();

    expect([startsOfLetter, starts.length]).toEqual([1, 1]);
  });
});
