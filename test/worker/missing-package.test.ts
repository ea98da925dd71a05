import { expect, test, vi } from 'vitest';
import { ImproperlyConfigured } from '../../lib/index.ts';
import { FunctionHost } from './function-host.ts';

vi.mock(import('../../lib/serializers/load-serializer.ts'), async (original) => ({
  ...(await original()),
  loadSerializers: async (names: Iterable<string>) => {
    if ([...names].includes('yaml')) throw new ImproperlyConfigured('npm i yaml');
  },
}));

test('messages are given back, not dead-lettered, while the package of a serializer is missing', async () => {
  const host = new FunctionHost({ settings: { acceptContent: ['json', 'yaml'] } });
  await host.app.task('one', () => 1).delay();

  await host.invoke();

  expect([...host.settlements.values()]).toEqual([{ kind: 'return', delaySeconds: 10 }]);
  expect(host.letters()).toEqual([]);
});
