import { expect, test } from 'vitest';
import { connectThrough } from '../../lib/app/connector.ts';
import { Celery, systemClock, systemRandom } from '../../lib/index.ts';
import { MemoryEngine } from '../../lib/memory/index.ts';
import type { GroupCodec } from '../../lib/ports/index.ts';
import { groupResultTuple, taskResultTuple } from '../../lib/protocol/index.ts';
import { decodeStoredGroup } from '../../lib/serializers/index.ts';

test('an app has its groups saved in the form of its results', async () => {
  let codec: GroupCodec | undefined;
  connectThrough(async ({ groupCodec }) => {
    codec = groupCodec;
    return new MemoryEngine({ clock: systemClock, random: systemRandom }).adapters();
  });
  const app = new Celery('shop', { resultSerializer: 'yaml', resultCompression: 'gzip' });
  const group = groupResultTuple('g', [taskResultTuple('a')]);

  await app.adapters();
  const document = await codec?.encode(group);

  expect(document?.[0]).toBe(0);
  expect(decodeStoredGroup(document ?? new Uint8Array(), { resultSerializer: 'yaml' })).toEqual(
    group,
  );
});
