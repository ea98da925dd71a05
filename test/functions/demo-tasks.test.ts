import { readFileSync } from 'node:fs';
import { Jimp } from 'jimp';
import { describe, expect, test } from 'vitest';
import { add, app, charge, importRows, invite, thumbnail } from '../../functions/demo-tasks.ts';
import { startTestWorker } from '../../lib/testing/index.ts';

const scene = new Uint8Array(
  readFileSync(new URL('../../functions/demo-scene.jpg', import.meta.url)),
);

describe('the tasks of the demonstration, called as functions', () => {
  test('add adds', () => {
    expect(add(2, 3)).toBe(5);
  });

  test('thumbnail makes a smaller picture of the same shape', async () => {
    const { width, height, jpeg } = await thumbnail(scene, 96);

    expect({ width, height }).toEqual({ width: 96, height: 60 });
    expect(jpeg.byteLength).toBeLessThan(scene.byteLength / 5);
    const picture = await Jimp.read(Buffer.from(jpeg));
    expect([picture.width, picture.height]).toEqual([96, 60]);
  });

  test('charge fails and tells no more of the card than its last digits', () => {
    expect(() => charge('4000000000009995', 25)).toThrow(
      'card ending in 9995 was declined for 25 EUR',
    );
  });

  test('invite takes its keywords as one object', () => {
    expect(invite({ email: 'ada@example.org', seats: 2 })).toBe(
      'invited ada@example.org with 2 seat(s)',
    );
  });
});

describe('the tasks of the demonstration, run by a worker', () => {
  test('end as the demonstration says', async () => {
    const worker = await startTestWorker(app);
    const sum = await add.delay(2, 3);
    const picture = await thumbnail.delay(scene, 48);
    const payment = await charge.delay('4000000000009995', 25);
    const rows = await importRows.delay(1);
    const invitation = await invite.delay({ email: 'ada@example.org' });

    await worker.drain();

    expect(await sum.get()).toBe(5);
    expect(await picture.get()).toMatchObject({ width: 48, height: 30 });
    await expect(payment.get()).rejects.toMatchObject({ name: 'CardDeclined' });
    expect(await rows.get()).toEqual({ imported: 1 });
    expect(await invitation.get()).toBe('invited ada@example.org with 1 seat(s)');
  });
});

test('the picture of the demonstration is small enough to travel in a message', () => {
  expect(scene.byteLength).toBeLessThan(60_000);
});
