import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { Celery } from '../lib/index.ts';

/** The demonstration's application: one task of each kind. */
export const app = new Celery('demo');

/** A plain function as a task. */
export const add = app.task('demo.add', (x: number, y: number) => x + y);

/** Scales a JPEG or PNG down to a JPEG that is `width` pixels wide. Bytes travel both ways as they are. */
export const thumbnail = app.task('demo.thumbnail', async (image: Uint8Array, width: number) => {
  // Loaded by the first picture, so that no other task pays for it in its cold start.
  const { Jimp } = await import('jimp');
  const picture = await Jimp.read(Buffer.from(image));
  picture.resize({ w: width });
  const jpeg = await picture.getBuffer('image/jpeg', { quality: 80 });
  return { width: picture.width, height: picture.height, jpeg: new Uint8Array(jpeg) };
});

/** The card was refused: an error of the application's own, which a caller's `get()` rejects with. */
export class CardDeclined extends Error {
  override readonly name = 'CardDeclined';
}

/** Fails, as cards do. */
export const charge = app.task('demo.charge', (cardNumber: string, amount: number): string => {
  throw new CardDeclined(`card ending in ${cardNumber.slice(-4)} was declined for ${amount} EUR`);
});

/** Tells how far it is by a state of its own: `PROGRESS` with `{ done, total }`. */
export const importRows = app.task(
  'demo.import_rows',
  { bind: true, params: ['total'] },
  async (self, total: number) => {
    for (let done = 0; done < total; done++) {
      await self.updateState({ state: 'PROGRESS', meta: { done, total } });
      await pause(400);
    }
    return { imported: total };
  },
);

/** Takes keywords alone, checked by a schema: in Python `send_task('demo.invite', kwargs={'email': ...})`. */
export const invite = app.task(
  'demo.invite',
  { kwargs: z.object({ email: z.email(), seats: z.int().min(1).default(1) }) },
  ({ email, seats }) => `invited ${email} with ${seats} seat(s)`,
);
