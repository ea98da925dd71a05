import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { Celery } from '../../lib/index.ts';

/** The module of a worker somewhere else: producers import its types alone. */
export const app = new Celery('img');

export const resize = app.task(
  'img.resize',
  { bind: true, queue: 'images', params: ['key', 'width'] },
  async (_self, key: string, width: number) => {
    readFileSync(key);
    return { key, width };
  },
);

export const add = app.task('img.add', (x: number, y: number = 2) => x + y);

export const label = app.task(
  'img.label',
  { kwargs: z.object({ text: z.string(), size: z.number().default(12) }) },
  ({ text, size }) => `${text}@${size}`,
);
