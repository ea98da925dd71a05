import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { CeleryApp, type CeleryAppProps } from '../../cdk/index.ts';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { Celery, type CeleryOptions, type TaskOptions } from '../../lib/index.ts';
import { aStack, workerEntry } from './support.ts';

interface Written {
  readonly settings?: CeleryOptions;
  readonly task?: TaskOptions;
  readonly props?: Partial<CeleryAppProps>;
}

function synthesise({ settings = {}, task = {}, props = {} }: Written): void {
  const app = new Celery('shop', settings);
  app.task('shop.work', task, () => null);
  new CeleryApp(aStack(), 'Celery', {
    workers: {
      default: { entry: workerEntry, queues: ['celery', 'orders.fifo'] },
      slow: { entry: workerEntry, queues: ['slow'], timeout: Duration.minutes(5) },
    },
    queues: { python: { external: true }, celery: {} },
    app,
    ...props,
  });
}

const news = { name: 'celery', exchange: 'news', exchangeType: 'fanout' } as const;

describe('an app that does not fit what is deployed is refused', () => {
  test.for<readonly [written: Written, says: RegExp]>([
    [
      { task: { rateLimit: '5/s', queue: 'orders.fifo' } },
      /'shop.work' has a rateLimit and goes to the FIFO queue 'orders.fifo'/,
    ],
    [
      { task: { rateLimit: '5/s' }, settings: { taskRoutes: { 'shop.*': 'orders.fifo' } } },
      /'shop.work' has a rateLimit and goes to the FIFO queue 'orders.fifo'/,
    ],
    [
      { task: { timeLimit: 60 } },
      /'shop.work' has a time limit of 60 seconds, and the worker of queue 'celery' ends after 1 minute/,
    ],
    [{ task: { softTimeLimit: 301, queue: 'slow' } }, /time limit of 301 seconds.*'slow'/],
    [{ settings: { taskTimeLimit: 90 } }, /time limit of 90 seconds/],
    [{ task: { queue: 'slwo' } }, /task 'shop.work' of the app names queue 'slwo'/],
    [{ settings: { taskDefaultQueue: 'other' } }, /names queue 'other'/],
    [
      { settings: { taskQueues: [{ name: 'celery' }, { name: 'images' }] } },
      /taskQueues of the app names queue 'images'/,
    ],
    [{ settings: { taskQueues: [news] } }, /fanout exchange 'news', which has no topic/],
    [
      {
        settings: { taskQueues: [news, { ...news, name: 'slow' }] },
        props: { broadcasts: { news: { queues: ['celery'] } } },
      },
      /whose topic does not serve 'slow'/,
    ],
  ])('%j', ([written, says]) => {
    expect(() => synthesise(written)).toThrow(ImproperlyConfigured);
    expect(() => synthesise(written)).toThrow(says);
  });
});

test.for<Written>([
  {},
  { task: { rateLimit: '5/s' } },
  { task: { timeLimit: 59 } },
  { task: { timeLimit: 299, queue: 'slow' } },
  { task: { timeLimit: 9999, queue: 'python' } },
  { task: { queue: 'orders.fifo' } },
  {
    settings: { taskQueues: [news] },
    props: { broadcasts: { news: { queues: ['celery', 'slow'] } } },
  },
  {
    task: { queue: 'celery-p7' },
    props: {
      workers: { default: { entry: workerEntry, maxConcurrency: 10 } },
      queues: { celery: { priorities: true } },
    },
  },
])('an app that fits is fine: %j', (written) => {
  expect(() => synthesise(written)).not.toThrow();
});
