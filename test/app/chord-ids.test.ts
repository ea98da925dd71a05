import { describe, expect, test } from 'vitest';
import { type AnySignature, chain, chord, group, ImproperlyConfigured } from '../../lib/index.ts';
import { canvasTasks } from '../support/canvas-tasks.ts';
import { anApp } from './support.ts';

type Tasks = ReturnType<typeof aShop>;

function aShop(options: Parameters<typeof anApp>[0] = {}) {
  const given = anApp(options);
  const { runs, add, xsum } = canvasTasks(given.app);
  const one = (taskId: string) => add.si(1, 1).set({ taskId });
  return { ...given, runs, add, xsum, one };
}

const twice: Readonly<Record<string, (tasks: Tasks) => AnySignature>> = {
  'two parts': ({ one, xsum }) => chord([one('same'), one('same')], xsum.s()),
  'a part and the body': ({ one, xsum }) =>
    chord([one('same'), one('other')], xsum.s().set({ taskId: 'same' })),
  'parts of a group in its header': ({ one, xsum }) =>
    chord([group([one('same'), one('same')]), one('other')], xsum.s()),
  'steps of two parts': ({ one, xsum }) =>
    chord([chain(one('same'), one('a')), chain(one('b'), one('same'))], xsum.s()),
  'parts of a chord in a group': ({ one, xsum }) =>
    group([one('other'), chord([one('same'), one('same')], xsum.s())]),
  'parts of a later step': ({ one, xsum, add }) =>
    chain(one('first'), group([one('same'), one('same')]), xsum.s(), add.s(1)),
};

describe('a chord with one task id in two places', () => {
  for (const [name, canvas] of Object.entries(twice)) {
    test.for([
      { canvasMode: 'compatible' },
      { canvasMode: 'native' },
      { taskAlwaysEager: true },
    ] as const)(`${name}: is refused before anything is sent or run (%o)`, async (options) => {
      const shop = aShop(options);

      const sending = shop.app.apply(canvas(shop).toJSON(), {});

      await expect(sending).rejects.toThrow(ImproperlyConfigured);
      await expect(sending).rejects.toThrow(/'same'.*taskId/s);
      expect([shop.sent(), shop.runs]).toEqual([[], []]);
    });
  }

  test('is refused where a chain from elsewhere has the group and its body side by side', async () => {
    const { app, one, xsum, sent } = aShop();
    const tasks = [group([one('same'), one('same')]), xsum.s()].map((step) => step.toJSON());
    const json = { ...chain(one('a')).toJSON(), kwargs: { tasks } };

    await expect(app.signatureFrom(json).delay()).rejects.toThrow("'same'");
    expect(sent()).toEqual([]);
  });
});

test('a group that nothing follows may list one task twice', async () => {
  const { one, sent } = aShop();

  await group([one('same'), one('same')]).delay();

  expect(sent().map(({ id }) => id)).toEqual(['same', 'same']);
});

describe('self.addToChord in this process', () => {
  test.for([
    ['its own', 'adder'],
    ['that of another part', 'part'],
  ] as const)('refuses a task id that is %s', async ([, taskId]) => {
    const { app, runs, one, xsum } = aShop({ taskAlwaysEager: true });
    const adder = app.task('adder', { bind: true }, async (self) => {
      await self.addToChord(one(taskId));
      return 1;
    });
    const parts = [adder.s().set({ taskId: 'adder' }), one('part')] as const;

    const result = await chord([...parts], xsum.s()).applyAsync();

    await expect(result.get()).rejects.toThrow(`'${taskId}'`);
    expect(runs).toEqual(['add(1, 1)']);
  });
});
