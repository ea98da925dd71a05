import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  chordItemKey,
  groupItemKey,
  isFinal,
  sqsQueueName,
  taskIdOfItemKey,
  taskItemKey,
} from '../../lib/protocol/index.ts';
import { scheduleName, schedulePrefix } from '../../lib/protocol/schedule-name.ts';

describe('sqsQueueName', () => {
  const names: readonly (readonly [string, string, string])[] = [
    ['celery', '', 'celery'],
    ['my.app:high@x', '', 'my-app_high_x'],
    ['a.b.fifo', '', 'a-b.fifo'],
    ['.fifo', 'x.', 'x-.fifo'],
    ['high', 'prod.', 'prod-high'],
    ['a-b_c', '', 'a-b_c'],
    ['!"#$%&\'()*+,/;<=>?@[\\]^`{|}~', '', '_'.repeat(28)],
  ];

  test.for(names)('%s with prefix %j is %s', ([name, prefix, expected]) => {
    expect(sqsQueueName(name, prefix)).toBe(expected);
  });

  test('what is translated stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const once = sqsQueueName(name);

        expect(sqsQueueName(once)).toBe(once);
        expect(once).toMatch(/^[\w -]*(?:\.fifo)?$/);
      }),
    );
  });
});

describe('item keys', () => {
  test('look as Python shows bytes', () => {
    expect(taskItemKey('a-1')).toBe("b'celery-task-meta-a-1'");
    expect(groupItemKey('g')).toBe("b'celery-taskset-meta-g'");
    expect(chordItemKey('g')).toBe("b'chord-unlock-g'");
  });

  test.for([
    ['prod', "b'prod_celery-task-meta-1'"],
    ['prod:', "b'prod:celery-task-meta-1'"],
    ['prod-', "b'prod-celery-task-meta-1'"],
    ['prod.', "b'prod.celery-task-meta-1'"],
    ['prod_', "b'prod_celery-task-meta-1'"],
  ] as const)('take the prefix %s', ([prefix, key]) => {
    expect(taskItemKey('1', prefix)).toBe(key);
    expect(taskIdOfItemKey(key, prefix)).toBe('1');
  });

  /** `str(b'celery-task-meta-' + id.encode())` of Python 3.11. */
  test.for([
    ["it's", `b"celery-task-meta-it's"`],
    ['say "x"', `b'celery-task-meta-say "x"'`],
    [`'"`, `b'celery-task-meta-\\'"'`],
    ['a\\b', "b'celery-task-meta-a\\\\b'"],
    ['\t\n\r\0\x7f', "b'celery-task-meta-\\t\\n\\r\\x00\\x7f'"],
    ['é', "b'celery-task-meta-\\xc3\\xa9'"],
  ] as const)('escape %j as Python does', ([id, key]) => {
    expect(taskItemKey(id)).toBe(key);
  });

  test('tell the id again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        expect(taskIdOfItemKey(taskItemKey(id))).toBe(id);
      }),
    );
  });

  test.for([
    'celery-task-meta-1',
    "b'celery-taskset-meta-1'",
    "b'prod_celery-task-meta-1'",
    `b'celery-task-meta-1"`,
    '',
  ])('%s is no key of a task', (key) => {
    expect(taskIdOfItemKey(key)).toBeUndefined();
  });
});

test('nothing comes after SUCCESS, FAILURE and REVOKED', () => {
  const states = ['PENDING', 'STARTED', 'RETRY', 'SENDING', 'SUCCESS', 'FAILURE', 'REVOKED'];

  expect(states.filter(isFinal)).toEqual(['SUCCESS', 'FAILURE', 'REVOKED']);
});

test('the longest name of a schedule has the 64 characters that EventBridge Scheduler takes', () => {
  const taskId = 'a'.repeat(300);
  const fireAt = Date.UTC(2090, 0, 1);

  const name = scheduleName({
    taskId,
    copy: `${taskId}@x`,
    attempt: 9999,
    generation: 999,
    fireAt,
  });

  expect(name).toMatch(/^[\w.-]{1,64}$/);
  expect(name.startsWith(schedulePrefix(taskId))).toBe(true);
});
