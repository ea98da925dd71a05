import { describe, expect, test } from 'vitest';
import { planQueues, type QueueWishes } from '../../cdk/constructs/queue-plan.ts';

interface Wishes {
  readonly workers: Record<string, readonly string[] | undefined>;
  readonly settings?: Record<string, { external?: boolean }>;
  readonly defaultQueue?: string;
}

function wishes({ workers, settings = {}, defaultQueue = 'celery' }: Wishes): QueueWishes {
  return {
    path: 'Shop/Celery',
    defaultQueue,
    workers: new Map(Object.entries(workers)),
    settings: new Map(Object.entries(settings)),
  };
}

describe('planQueues', () => {
  test('gives the default queue to the worker that names none', () => {
    const plan = planQueues(
      wishes({ workers: { default: undefined, images: ['images', 'video'] } }),
    );

    expect([...plan]).toEqual([
      ['celery', 'default'],
      ['images', 'images'],
      ['video', 'images'],
    ]);
  });

  test('has queues that are served elsewhere, the default one too', () => {
    const external = { external: true };
    const plan = planQueues(
      wishes({
        workers: { images: ['images'] },
        settings: { celery: external, reports: external },
      }),
    );

    expect([...plan]).toEqual([
      ['images', 'images'],
      ['celery', undefined],
      ['reports', undefined],
    ]);
  });

  test('takes settings for a queue that a worker serves', () => {
    const plan = planQueues(wishes({ workers: { all: undefined }, settings: { celery: {} } }));

    expect([...plan]).toEqual([['celery', 'all']]);
  });

  test.for<Wishes & { says: string; why: string }>([
    {
      why: 'two workers of one queue',
      workers: { a: undefined, b: ['celery'] },
      says: "queue 'celery' is served by the workers 'a' and 'b'",
    },
    {
      why: 'a queue named twice',
      workers: { a: ['celery', 'celery'] },
      says: "worker 'a' names queue 'celery' twice",
    },
    { why: 'a worker without a queue', workers: { a: [] }, says: "worker 'a' serves no queue" },
    {
      why: 'a default queue that nobody serves',
      workers: { images: ['images'] },
      says: "nobody serves the default queue 'celery'. Name it in the queues of a worker, choose another by 'defaultQueue' (there are: 'images')",
    },
    {
      why: 'settings of an unknown queue',
      workers: { all: ['celery', 'images'] },
      settings: { imagse: {} },
      says: "there are settings for queue 'imagse', which no worker serves (they serve: 'celery', 'images')",
    },
    {
      why: 'an external queue with a worker',
      workers: { all: ['celery'] },
      settings: { celery: { external: true } },
      says: "queue 'celery' is external and served by worker 'all'",
    },
    {
      why: 'two names that are one in SQS',
      workers: { all: ['celery', 'a.b', 'a-b'] },
      says: "queues 'a.b' and 'a-b' are both 'a-b' in SQS",
    },
  ])('refuses $why', ({ says, ...told }) => {
    expect(() => planQueues(wishes(told))).toThrow(`Shop/Celery: ${says}`);
  });
});
