import { describe, expect, test } from 'vitest';
import { chooseQueues } from '../../cli/choose-queues.ts';

const broker = {
  known: ['celery', 'celery-p4', 'celery-p7', 'images'],
  lanes: new Map([['celery', [0, 4, 7]]]),
};

describe('celery-aws worker -Q', () => {
  test.for([
    [undefined, ['celery', 'celery-p4', 'celery-p7', 'images']],
    ['images', ['images']],
    ['celery', ['celery-p7', 'celery-p4', 'celery']],
    ['images, celery', ['images', 'celery-p7', 'celery-p4', 'celery']],
    ['celery-p4', ['celery-p4']],
    ['celery-p4,celery', ['celery-p4', 'celery-p7', 'celery']],
    ['images,images', ['images']],
  ] as const)('%s polls %j', ([list, queues]) => {
    expect(chooseQueues(list, broker)).toEqual(queues);
  });

  test('names what is not there, and what is', () => {
    expect(() => chooseQueues('celery, video', broker)).toThrow(
      "Unknown queue 'video'; CELERY_ENDPOINTS lists celery, celery-p4, celery-p7, images",
    );
  });

  test('knows of no lanes on an engine that has none', () => {
    expect(chooseQueues('images', { known: ['images'] })).toEqual(['images']);
  });
});
