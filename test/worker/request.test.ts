import { expect, test } from 'vitest';
import type { TaskRequest } from '../../lib/index.ts';
import { encodeTaskMessage, newTaskMessage } from '../../lib/protocol/index.ts';
import { FunctionHost } from './function-host.ts';

/** The request of a task that is sent like this. */
async function requestOf(
  send: (host: FunctionHost) => Promise<unknown>,
): Promise<{ readonly request: TaskRequest | undefined; readonly host: FunctionHost }> {
  const host = new FunctionHost();
  let request: TaskRequest | undefined;
  host.app.task('t', { bind: true, params: ['*args', '**kwargs'] }, (self) => {
    request = self.request;
  });
  await send(host);
  await host.runUntilEmpty();
  return { request, host };
}

test('a handler sees what a message says of its call', async () => {
  const fields = {
    ...{ id: 'i', args: [1], kwargs: { k: 2 }, rootId: 'root', parentId: 'parent' },
    ...{ group: 'g', groupIndex: 3, retries: 2, origin: 'gen1@host', replyTo: 'me' },
    ...{ correlationId: 'i', shadow: 'other', ignoreResult: true, replacedTaskNesting: 1 },
    ...{ stampedHeaders: ['tenant'], stamps: { tenant: 'acme' }, headers: { mine: 1 } },
    ...{ argsrepr: '<args>', kwargsrepr: '<kwargs>' },
  };
  const { request } = await requestOf(async (host) => {
    const eta = new Date(host.clock.now() - 1000);
    const expires = new Date(host.clock.now() + 60_000);
    const timing = { eta, expires, timeLimit: 20, softTimeLimit: 10 };
    const body = encodeTaskMessage(newTaskMessage({ task: 't', ...fields, ...timing }));
    await host.engine.adapters().broker.send('celery', { body });
  });

  expect(request).toMatchObject({
    ...fields,
    task: 't',
    eta: expect.any(Date),
    expires: expect.any(Date),
    timelimit: [20, 10],
    hostname: expect.any(String),
    isEager: false,
    calledDirectly: false,
    deliveryInfo: { exchange: '', routingKey: 'celery', redelivered: false },
  });
});

test('a handler sees what a call says of itself', async () => {
  const call = {
    ...{ headers: { mine: 1 }, shadow: 'other', replyTo: 'me', ignoreResult: true },
    ...{ argsrepr: '<args>', kwargsrepr: '<kwargs>', rootId: 'root', parentId: 'parent' },
    retries: 1,
  };

  const { request } = await requestOf((host) =>
    host.app.sendTask('t', [1], { ...call, taskId: 'i' }),
  );

  expect(request).toMatchObject({ ...call, id: 'i', args: [1] });
});
