import { describe, expect, test } from 'vitest';
import { Celery, ImproperlyConfigured, sharedTask, signature } from '../../lib/index.ts';
import * as library from '../fixtures/shared-tasks.ts';
import { anApp } from './support.ts';

/** Without those of Celery's own that every worker has. */
function ownTasks({ tasks }: Celery): readonly string[] {
  return [...tasks.keys()].filter((name) => !name.startsWith('celery.'));
}

describe('a shared task', () => {
  test('that no app lists is ImproperlyConfigured when used', async () => {
    const lonely = sharedTask('lib.lonely', (x: number) => x);

    await expect(lonely.delay(1)).rejects.toThrow(ImproperlyConfigured);
    await expect(lonely.delay(1)).rejects.toThrow(
      "sharedTask 'lib.lonely' belongs to no application",
    );
    expect(() => lonely(1)).toThrow('new Celery(name, { tasks:');
  });

  test('can be a signature before it is bound', () => {
    const lonely = sharedTask('lib.lonely', (x: number) => x);

    expect(lonely.s(1).toJSON()).toMatchObject({ task: 'lib.lonely', args: [1] });
  });

  test('that is listed sends by its app and runs in its workers', async () => {
    const add = sharedTask('lib.add', (x: number, y: number) => x + y);
    const { app, sent } = anApp({ tasks: [add] });

    await add.delay(1, 2);

    expect(sent()).toMatchObject([{ task: 'lib.add', args: [1, 2] }]);
    expect(app.tasks.has('lib.add')).toBe(true);
    expect(add(1, 2)).toBe(3);
  });

  test('is found in a module, beside what is none', async () => {
    const { app } = anApp({ tasks: [library] });

    expect(ownTasks(app)).toEqual(['lib.greet', 'lib.shout']);
  });

  test('listed alone and by its module is listed once', () => {
    const { app } = anApp({ tasks: [library.greet, library] });

    expect(ownTasks(app)).toHaveLength(2);
  });

  test('of two apps belongs to the one that runs', async () => {
    const inner = sharedTask('lib.inner', () => 1);
    const outer = sharedTask('lib.outer', async () => {
      await inner.delay();
    });
    const first = anApp({ tasks: [inner, outer] });
    const second = anApp({ tasks: [inner, outer] });

    await first.app.runEagerly({ task: 'lib.outer', args: [], kwargs: {}, options: {} });
    await inner.delay();

    expect(first.sent()).toHaveLength(1);
    expect(second.sent()).toHaveLength(1);
  });
});

describe('tasks', () => {
  test.for([
    [{ add: () => 1 }, 'tasks[0] is no shared task and no module with one, but object'],
    [undefined, 'but undefined'],
  ] as const)('refuses %j', ([source, message]) => {
    expect(() => new Celery('shop', { tasks: [source as never] })).toThrow(message);
  });

  test('refuses tasks of another app', () => {
    const other = new Celery('other').task('other.add', () => 1);

    expect(() => new Celery('shop', { tasks: [other] })).toThrow(
      "Task 'other.add' belongs to another application",
    );
  });
});

describe('signature', () => {
  test('without app can be part of a batch', async () => {
    const { app, sent } = anApp();

    await app.sendBatch([signature('reports.build', [1], { queue: 'mail' }) as never]);

    expect(sent('mail')).toMatchObject([{ task: 'reports.build', args: [1] }]);
  });

  test('without app cannot send itself', async () => {
    await expect(signature('reports.build').delay()).rejects.toThrow(
      "use app.signature('reports.build', ...)",
    );
  });
});
