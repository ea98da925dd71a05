import { expect, test } from 'vitest';
import { Celery } from '../../lib/index.ts';
import { devQueuesOf } from '../../local/dev-queues.ts';

function anApp() {
  const app = new Celery('dev', {
    taskDefaultQueue: 'shop',
    taskQueues: [
      { name: 'shop', queueArguments: { 'x-max-priority': 9 } },
      { name: 'news', exchange: 'news', exchangeType: 'fanout' },
      { name: 'archive', exchange: 'news', exchangeType: 'fanout' },
      { name: 'orders.fifo', queueArguments: { 'x-max-priority': 9 } },
    ],
    taskRoutes: { 'images.*': { queue: 'images' } },
  });
  app.task('images.resize', () => 0);
  app.task('mail', { queue: 'mails' }, () => 0);
  return app;
}

test('celery-aws dev makes the queues of settings, routes and tasks, the default one first', () => {
  const { queues } = devQueuesOf(anApp());

  expect(queues.map(({ name }) => name)).toEqual([
    ...['shop', 'news', 'archive', 'orders.fifo', 'images', 'mails'],
  ]);
});

test('celery-aws dev makes lanes where the application tells priorities apart, but not on FIFO queues', () => {
  const { queues } = devQueuesOf(anApp());

  expect(queues.filter(({ priorities }) => priorities).map(({ name }) => name)).toEqual(['shop']);
});

test('celery-aws dev makes fanout exchanges, of those queues that it makes', () => {
  const app = anApp();

  expect(devQueuesOf(app).broadcasts).toEqual({ news: ['news', 'archive'] });
  expect(devQueuesOf(app, ['shop', 'archive']).broadcasts).toEqual({ news: ['archive'] });
  expect(devQueuesOf(app, ['shop']).broadcasts).toEqual({});
});
