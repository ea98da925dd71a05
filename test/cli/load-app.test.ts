import { expect, test } from 'vitest';
import { loadApp } from '../../cli/load-app.ts';

const folder = 'test/fixtures/apps';

test('takes the export named app, among others', async () => {
  expect((await loadApp(`${folder}/named.ts`)).main).toBe('named');
});

test('takes the only application, whatever its name', async () => {
  expect((await loadApp(`${folder}/only.ts`)).main).toBe('only');
});

test('refuses to guess between two', async () => {
  await expect(loadApp(`${folder}/two.ts`)).rejects.toThrow(
    `${folder}/two.ts exports 2 Celery applications, expected one`,
  );
});

test('says what to export when there is none', async () => {
  await expect(loadApp(`${folder}/none.ts`)).rejects.toThrow(
    `${folder}/none.ts exports no Celery applications, expected one: export const app = new Celery('name')`,
  );
});
