import { describe, expect, test } from 'vitest';
import type { Logger } from '../../lib/index.ts';
import vector from '../fixtures/vectors/control-revoke-fanout.json' with { type: 'json' };
import { FunctionHost } from './function-host.ts';

const control = 'celery.control';

function aHost() {
  const lines: string[] = [];
  const log = (message: string) => {
    lines.push(message);
  };
  const logger: Logger = { debug() {}, info: log, warn: log, error: log };
  const host = new FunctionHost({ settings: { logger } });
  const starts: unknown[] = [];
  host.app.task('task', (value: unknown) => {
    starts.push(value);
  });
  return { host, starts, lines };
}

/** A command as Python's remote control writes it. */
function command(method: string, args: unknown, fields: object = {}): string {
  const body = JSON.stringify({ method, arguments: args, destination: null, ...fields });
  return JSON.stringify({ body, properties: { body_encoding: 'utf-8' } });
}

async function tell(host: FunctionHost, body: string) {
  await host.engine.adapters().broker.send(control, { body });
  await host.invoke(control);
  return [...host.settlements.values()].at(-1);
}

describe("Python's remote control", () => {
  test('revokes a task, as captured', async () => {
    const { host, starts } = aHost();
    await host.app.sendTask('task', [1], { taskId: 'some-id' });

    await tell(host, vector.sns[0]?.Message ?? '');
    await host.invoke();

    expect(starts).toEqual([]);
    expect(host.document('some-id')?.status).toBe('REVOKED');
  });

  test('revokes a list of tasks and brings home those that are parked', async () => {
    const { host } = aHost();
    const parked = await host.app.sendTask('task', [1], { countdown: 86_400 });
    const waiting = await host.app.sendTask('task', [1]);
    await host.clock.advanceTo(host.clock.now() + 900_000);
    const [delivery] = (
      await host.engine.adapters().consumer.receive('celery', { max: 10, waitSeconds: 0 })
    ).filter(({ body }) => body.includes(parked.id));
    if (delivery) await host.run([delivery]);

    await tell(host, command('revoke', { task_id: [parked.id, waiting.id], terminate: false }));
    await host.runUntilEmpty();

    expect([parked, waiting].map(({ id }) => host.document(id)?.status)).toEqual([
      'REVOKED',
      'REVOKED',
    ]);
  });

  test.for([
    ['an object', { customer: ['c1'], region: 'eu' }],
    ['a list of texts', ['customer=c1', 'region=eu']],
  ] as const)('revokes by stamped headers: %s', async ([, headers]) => {
    const { host } = aHost();

    await tell(host, command('revoke_by_stamped_headers', { headers, terminate: false }));

    const { revocations } = host.engine.adapters();
    const stamped = (taskId: string, header: string, value: string) => ({
      taskId,
      stamps: [{ header, value }],
    });
    const tasks = [stamped('a', 'customer', 'c1'), stamped('b', 'region', 'eu')];
    const other = stamped('c', 'region', 'us');
    expect([...(await revocations.revoked([...tasks, other]))]).toEqual(['a', 'b']);
  });

  test.for([
    ['a command that we do not have', command('ping', {}), 'A control message is not for'],
    [
      'a command to one worker of Python',
      command('revoke', { task_id: 'x' }, { destination: ['celery@one'] }),
      'A control message is not for',
    ],
    ['a revoke of nothing', command('revoke', {}), 'A control message cannot be read'],
    [
      'stamps of the wrong form',
      command('revoke_by_stamped_headers', { headers: ['c1'] }),
      'A control message cannot be read',
    ],
    ['no command at all', 'hello', 'A control message cannot be read'],
  ] as const)('%s is left out, with a line in the log', async ([, body, line]) => {
    const { host, lines } = aHost();

    const settlement = await tell(host, body);

    expect(settlement).toEqual({ kind: 'settle' });
    expect(lines).toEqual([expect.stringContaining(line)]);
    const { revocations } = host.engine.adapters();
    expect(await revocations.revoked([{ taskId: 'x', stamps: [] }])).toEqual(new Set());
  });
});

test('a control message comes back when the state table is away', async () => {
  const { host, starts } = aHost();
  await host.app.sendTask('task', [1], { taskId: 'some-id' });
  let away = true;
  host.fault = (port) => (port === 'revocations' && away ? new Error('away') : undefined);

  const settlement = await tell(host, vector.sns[0]?.Message ?? '');
  away = false;
  await host.runUntilEmpty(control);
  await host.runUntilEmpty();

  expect(settlement).toEqual({ kind: 'return', delaySeconds: 10 });
  expect(starts).toEqual([]);
});
