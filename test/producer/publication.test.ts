import { describe, expect, test } from 'vitest';
import { EncodeError, ImproperlyConfigured } from '../../lib/errors.ts';
import {
  type Publication,
  type PublishRequest,
  preparePublication,
} from '../../lib/producer/publication.ts';
import { SeededRandom } from '../../lib/testing/seeded-random.ts';
import { decode } from '../app/support.ts';

const now = Date.UTC(2026, 0, 1);
const limit = 1_048_576 - 16 * 1024;

function prepare(
  options: PublishRequest['options'] = {},
  more: Partial<PublishRequest> = {},
): Publication {
  const request: PublishRequest = {
    task: 'shop.t',
    args: [],
    kwargs: {},
    queue: 'celery',
    options,
    callbacks: null,
    errbacks: null,
    ignoreResult: null,
    parent: undefined,
    ...more,
  };
  const broker = { maxDelaySeconds: 900, maxMessageBytes: 1_048_576 };
  return preparePublication(request, {
    now,
    random: new SeededRandom(1),
    origin: 'gen1@host',
    broker,
    largePayloads: {},
  });
}

describe('a delay', () => {
  test.for([
    [{ countdown: 10 }, 10, now + 10_000],
    [{ countdown: 1.2 }, 2, now + 1200],
    [{ countdown: 5000 }, 900, now + 5_000_000],
    [{ eta: new Date(now + 30_000) }, 30, now + 30_000],
    [{ eta: new Date(now - 30_000) }, undefined, now - 30_000],
    [{ countdown: 5, eta: new Date(now + 30_000) }, 5, now + 5000],
  ] as const)('of %j is %d seconds in the queue, and an eta', ([options, seconds, eta]) => {
    const { message } = prepare(options);

    expect(message.delaySeconds).toBe(seconds);
    expect(decode(message.body).eta?.getTime()).toBe(eta);
  });

  test.for([{ countdown: 0 }, { countdown: -1 }, {}])('of %j is none', (options) => {
    const { message } = prepare(options);

    expect(message.delaySeconds).toBeUndefined();
    expect(decode(message.body).eta).toBeNull();
  });

  test('on a FIFO queue is refused, with the ways out', () => {
    const onFifo = () => prepare({ countdown: 10 }, { queue: 'orders.fifo' });

    expect(onFifo).toThrow(ImproperlyConfigured);
    expect(onFifo).toThrow(/'orders\.fifo' is a FIFO queue.*standard queue/);
    expect(() => prepare({ countdown: 0 }, { queue: 'orders.fifo' })).not.toThrow();
  });
});

describe('an expiry', () => {
  test.for([
    [3600, now + 3_600_000],
    [0, now],
    [new Date(now + 5000), now + 5000],
  ] as const)('of %s is a moment', ([expires, moment]) => {
    expect(decode(prepare({ expires }).message.body).expires?.getTime()).toBe(moment);
  });
});

describe('options', () => {
  test('become the fields of the message', () => {
    const { message, taskId } = prepare({
      taskId: 'fixed',
      headers: { traceparent: '00-1' },
      shadow: 'shown',
      timeLimit: 60,
      softTimeLimit: 50,
      priority: 9,
      replyTo: 'me',
      rootId: 'root',
      parentId: 'parent',
      retries: 2,
      messageGroupId: 'g',
      messageDeduplicationId: 'd',
    });

    expect(taskId).toBe('fixed');
    expect(message).toMatchObject({ groupId: 'g', deduplicationId: 'd' });
    expect(decode(message.body)).toMatchObject({
      id: 'fixed',
      correlationId: 'fixed',
      headers: { traceparent: '00-1' },
      shadow: 'shown',
      timeLimit: 60,
      softTimeLimit: 50,
      priority: 9,
      replyTo: 'me',
      rootId: 'root',
      parentId: 'parent',
      retries: 2,
      origin: 'gen1@host',
    });
  });

  test.for(['task', 'id', 'argsrepr', 'dead_generation', 'compression'])(
    'cannot replace the header %s',
    (header) => {
      expect(() => prepare({ headers: { [header]: 'x' } })).toThrow(
        `Header '${header}' of a call of shop.t is one the message writes itself`,
      );
    },
  );
});

describe('what cannot be written', () => {
  test.for<[readonly unknown[], Record<string, unknown>, RegExp]>([
    [[{ x: new Map() }], {}, /^A call of shop\.t cannot be sent: .*args\[0\]\.x.*Map/],
    [[], { when: () => 1 }, /kwargs\.when/],
  ])('is told by its place: %#', ([args, kwargs, message]) => {
    const write = () => prepare({}, { args, kwargs });

    expect(write).toThrow(EncodeError);
    expect(write).toThrow(message);
  });

  test.for([
    ['ASCII', 'x'],
    ['three bytes a character', '☃'],
  ] as const)('is too large by its bytes: %s', ([, character]) => {
    const bytes = Buffer.byteLength(character);
    const fits = Math.floor((limit - 5000) / bytes);

    expect(prepare({}, { args: [character.repeat(fits)] }).large).toBeUndefined();
    expect(prepare({}, { args: [character.repeat(fits + 5000)] }).large?.refusal).toMatch(
      new RegExp(`makes a message of \\d{7} bytes; the limit is ${limit} `),
    );
  });
});
