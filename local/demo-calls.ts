import { readFile } from 'node:fs/promises';
import { add, charge, importRows, invite, thumbnail } from '../functions/demo-tasks.ts';
import type { DemoCall } from './demo.ts';

const scene = new URL('../functions/demo-scene.jpg', import.meta.url);

/** One call of each task of `functions/demo-tasks.ts`. */
export async function demoCalls(): Promise<readonly DemoCall[]> {
  const image = new Uint8Array(await readFile(scene));
  return [
    { title: 'add(19, 23)', expected: 'SUCCESS', send: () => add.delay(19, 23) },
    {
      title: 'thumbnail(demo-scene.jpg, 96)',
      expected: 'SUCCESS',
      send: () => thumbnail.delay(image, 96),
      describe: (value) => describeThumbnail(image.length, value as Thumbnail),
    },
    {
      title: "charge('4000000000000002', 25)",
      expected: 'FAILURE',
      send: () => charge.delay('4000000000000002', 25),
    },
    { title: 'import_rows(5)', expected: 'SUCCESS', send: () => importRows.delay(5) },
    {
      title: "invite(email='ada@example.com')",
      expected: 'SUCCESS',
      send: () => invite.delay({ email: 'ada@example.com' }),
    },
  ];
}

type Thumbnail = Awaited<ReturnType<typeof thumbnail>>;

function describeThumbnail(sourceBytes: number, { width, height, jpeg }: Thumbnail): string {
  return `${width} x ${height} JPEG of ${jpeg.length} bytes, from ${sourceBytes}`;
}
