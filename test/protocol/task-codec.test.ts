import { describe, expect, test } from 'vitest';
import { DecodeError, EncodeError } from '../../lib/errors.ts';
import {
  DateTime,
  Decimal,
  decodeEnvelope,
  decodeTaskMessage,
  type Envelope,
  encodeTaskMessage,
  newTaskMessage,
  parseJson,
  type TaskMessage,
  Uuid,
} from '../../lib/protocol/index.ts';
import { anEnvelope } from './messages.ts';

const now = Date.UTC(2026, 0, 1);

function roundTrip(message: TaskMessage): TaskMessage {
  const envelope = decodeEnvelope(encodeTaskMessage(message));
  return decodeTaskMessage(envelope, parseJson(envelope.body));
}

function decode(parts: Partial<Envelope>, body: unknown = [[2, 3], {}, {}]): TaskMessage {
  return decodeTaskMessage(anEnvelope(parts), body);
}

describe('newTaskMessage', () => {
  test('is what Celery makes of a plain call', () => {
    expect(newTaskMessage({ task: 'shop.add', id: 'id-1', args: [2, 3] })).toMatchObject({
      kwargs: {},
      lang: 'js',
      rootId: 'id-1',
      parentId: null,
      correlationId: 'id-1',
      argsrepr: '(2, 3)',
      kwargsrepr: '{}',
      retries: 0,
      priority: 0,
      deadGeneration: 0,
      leased: false,
      deliveryInfo: { exchange: '', routingKey: 'celery' },
      embed: { callbacks: null, errbacks: null, chain: null, chord: null },
    });
  });

  test('takes every field that is given, but not for undefined', () => {
    const message = newTaskMessage({
      task: 't',
      id: 'i',
      args: [],
      rootId: 'r',
      argsrepr: '***',
      retries: undefined,
    });

    expect(message).toMatchObject({ rootId: 'r', argsrepr: '***', retries: 0 });
  });
});

describe('a message', () => {
  test('is read as it was written', () => {
    const signature = {
      task: 'n',
      args: [1],
      kwargs: {},
      options: {},
      subtask_type: null,
      immutable: false,
    };
    const message = newTaskMessage({
      task: 'shop.add',
      id: 'id-1',
      args: [2n ** 64n, new Uint8Array([1]), 'é\ud800'],
      kwargs: { when: new DateTime('2024-02-03T04:05:06.789001') },
      embed: { callbacks: [signature], errbacks: [], chain: [signature], chord: signature },
      lang: 'py',
      shadow: 'shown',
      eta: new Date('2026-01-01T00:00:10.500Z'),
      expires: new DateTime('2026-01-01T00:01:00.000123+02:00'),
      group: 'g',
      groupIndex: 0,
      retries: 3,
      timeLimit: 20.5,
      softTimeLimit: 10,
      rootId: 'r',
      parentId: 'p',
      origin: 'gen1@host',
      ignoreResult: false,
      replacedTaskNesting: 1,
      stampedHeaders: ['tenant'],
      stamps: { tenant: ['a'] },
      deadGeneration: 2,
      leased: true,
      headers: { traceparent: '00-1', constructor: 'x', nothing: null },
      correlationId: 'c',
      replyTo: 'reply',
      priority: 9,
      deliveryInfo: { exchange: 'e', routingKey: 'images' },
      properties: { periodic_task_name: 'nightly', MessageGroupId: 'm' },
    });

    const read = roundTrip(message);

    expect(read).toEqual(message);
    expect(read.expires).toEqual(new DateTime('2026-01-01T00:01:00.000123+02:00'));
    expect((read.expires as DateTime).iso).toBe('2026-01-01T00:01:00.000123+02:00');
  });

  test('is written plain, with the headers of PROTOCOL 3.2 and nothing that is not needed', () => {
    const text = encodeTaskMessage(
      newTaskMessage({ task: 'shop.add', id: 'id-1', args: [2, 3], eta: new Date(now) }),
    );

    expect(JSON.parse(text)).toEqual({
      body: '[[2,3],{},{"callbacks":null,"errbacks":null,"chain":null,"chord":null}]',
      'content-encoding': 'utf-8',
      'content-type': 'application/json',
      headers: {
        lang: 'js',
        task: 'shop.add',
        id: 'id-1',
        shadow: null,
        eta: '2026-01-01T00:00:00.000000+00:00',
        expires: null,
        group: null,
        group_index: null,
        retries: 0,
        timelimit: [null, null],
        root_id: 'id-1',
        parent_id: null,
        argsrepr: '(2, 3)',
        kwargsrepr: '{}',
        origin: 'celery-aws',
        ignore_result: null,
        replaced_task_nesting: 0,
        stamped_headers: null,
        stamps: {},
      },
      properties: {
        correlation_id: 'id-1',
        reply_to: '',
        delivery_mode: 2,
        delivery_info: { exchange: '', routing_key: 'celery' },
        priority: 0,
        body_encoding: 'utf-8',
      },
    });
  });

  test.for([
    [now + 60_000.9, '60000'],
    [now - 1, '0'],
  ] as const)('that expires at %d carries what is left, %s ms', ([expires, expiration]) => {
    const message = newTaskMessage({ task: 't', id: 'i', args: [], expires: new Date(expires) });

    expect(JSON.parse(encodeTaskMessage(message, now)).properties.expiration).toBe(expiration);
    expect(JSON.parse(encodeTaskMessage(message)).properties).not.toHaveProperty('expiration');
  });

  test("cannot have one of Celery's headers or properties replaced by the caller's", () => {
    const message = newTaskMessage({
      task: 't',
      id: 'i',
      args: [],
      headers: { id: 'other', mine: 1 },
      properties: { body_encoding: 'base64', mine: 2 },
    });

    const { headers, properties } = JSON.parse(encodeTaskMessage(message));
    expect(headers).toMatchObject({ id: 'i', mine: 1 });
    expect(properties).toMatchObject({ body_encoding: 'utf-8', mine: 2 });
  });

  test.for([
    ['args', { args: [0, { when: () => 1 }] }, 'Cannot write args[1].when as JSON: got a function'],
    [
      'kwargs',
      { kwargs: { to: new Set() } },
      'Cannot write kwargs.to as JSON: got an instance of Set',
    ],
    ['headers', { headers: { h: Symbol('x') } }, 'Cannot write headers.h as JSON: got a symbol'],
  ] as const)('with %s that JSON cannot carry is refused', ([, parts, says]) => {
    const message = newTaskMessage({ task: 't', id: 'i', args: [], ...parts });

    expect(() => encodeTaskMessage(message)).toThrow(EncodeError);
    expect(() => encodeTaskMessage(message)).toThrow(says);
  });

  test('is never written deeper than it can be read', () => {
    const deepest = newTaskMessage({ task: 't', id: 'i', args: JSON.parse(nested(899)) });
    const deeper = newTaskMessage({ task: 't', id: 'i', args: JSON.parse(nested(900)) });

    expect(roundTrip(deepest).args).toEqual(deepest.args);
    expect(() => encodeTaskMessage(deeper)).toThrow(/more than 900 deep/);
  });
});

function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

describe('decodeTaskMessage', () => {
  test('needs no more than Python: the headers task and id, and a body of three', () => {
    const message = decode({});

    expect(message).toMatchObject({ task: 'shop.add', id: 'id-1', args: [2, 3], rootId: null });
    expect(message).toMatchObject({ correlationId: 'id-1', argsrepr: '(2, 3)', retries: 0 });
    expect(message.embed).toEqual({ callbacks: null, errbacks: null, chain: null, chord: null });
    expect(decode({}, [[], {}, null]).embed.chain).toBeNull();
  });

  test('gives keywords without prototype, whatever their names', () => {
    const { kwargs } = decode(
      {},
      parseJson('[[],{"__proto__":{"polluted":1},"constructor":2},{}]'),
    );

    expect(Object.getPrototypeOf(kwargs)).toBeNull();
    expect(Object.keys(kwargs)).toEqual(['__proto__', 'constructor']);
    expect('polluted' in kwargs).toBe(false);
  });

  test('takes a UUID where Python was given one for an id', () => {
    const id = new Uuid('6ba7b810-9dad-11d1-80b4-00c04fd430c8');

    expect(decode({ headers: { task: 't', id, root_id: id } })).toMatchObject({
      id: id.text,
      rootId: id.text,
    });
  });

  test('takes a date without offset as UTC', () => {
    const headers = {
      task: 't',
      id: 'i',
      eta: '2040-01-02T03:04:05',
      expires: new DateTime('2040-01-02'),
    };
    const { eta, expires } = decode({ headers });

    expect(eta?.toISOString()).toBe('2040-01-02T03:04:05.000Z');
    expect(expires?.toISOString()).toBe('2040-01-02T00:00:00.000Z');
  });

  test('carries on neither the compression of one body nor what belongs to one delivery', () => {
    const message = decode({
      headers: { task: 't', id: 'i', compression: 'application/x-gzip', mine: 1 },
      properties: { delivery_tag: 'x', body_encoding: 'base64', expiration: '1', mine: 2 },
    });

    expect({ ...message.headers }).toEqual({ mine: 1 });
    expect({ ...message.properties }).toEqual({ mine: 2 });
  });

  const task = { task: 't', id: 'i' };

  // Python's workers run all of these.
  test.for<readonly [header: string, sent: unknown, field: keyof TaskMessage, read: unknown]>([
    ['ignore_result', 0, 'ignoreResult', false],
    ['ignore_result', 1, 'ignoreResult', true],
    ['ignore_result', 'no', 'ignoreResult', true],
    ['ignore_result', [], 'ignoreResult', false],
    ['shadow', 5, 'shadow', '5'],
    ['shadow', ['x'], 'shadow', null],
    ['origin', 7, 'origin', '7'],
    ['lang', true, 'lang', 'true'],
    ['argsrepr', 5, 'argsrepr', '5'],
    ['argsrepr', [5], 'argsrepr', '(2, 3)'],
    ['kwargsrepr', 5, 'kwargsrepr', '5'],
    ['group', 5, 'group', '5'],
    ['group', [], 'group', null],
    ['root_id', 5, 'rootId', '5'],
    ['parent_id', {}, 'parentId', null],
    ['retries', false, 'retries', 0],
    ['retries', true, 'retries', 1],
    ['retries', 1.5, 'retries', 1],
    ['retries', '1', 'retries', 1],
    ['retries', -1, 'retries', 0],
    ['retries', [3], 'retries', 0],
    ['replaced_task_nesting', '2', 'replacedTaskNesting', 2],
    ['group_index', '1', 'groupIndex', 1],
    ['group_index', '', 'groupIndex', null],
    ['group_index', 'first', 'groupIndex', null],
    ['stamped_headers', {}, 'stampedHeaders', null],
    ['stamped_headers', [1], 'stampedHeaders', null],
    ['stamps', [], 'stamps', {}],
    ['stamps', 'x', 'stamps', {}],
  ])('takes %s %j for what it can be', ([header, sent, field, read]) => {
    expect(decode({ headers: { ...task, [header]: sent } })[field]).toEqual(read);
  });

  test.for<readonly [property: string, sent: unknown, field: keyof TaskMessage, read: unknown]>([
    ['priority', 5.5, 'priority', 5],
    ['priority', '5', 'priority', 5],
    ['priority', new Decimal('5.5'), 'priority', 5],
    ['priority', 'x', 'priority', 0],
    ['correlation_id', 5, 'correlationId', '5'],
    ['reply_to', {}, 'replyTo', null],
  ])('takes the property %s %j for what it can be', ([property, sent, field, read]) => {
    expect(decode({ headers: task, properties: { [property]: sent } })[field]).toEqual(read);
  });

  test('refuses an id that no key of a result can hold, and takes one of 1024 letters', () => {
    const long = { headers: { task: 't', id: 'é'.repeat(300) } };

    expect(() => decode(long)).toThrow(DecodeError);
    expect(() => decode(long)).toThrow(
      'expected an id that fits into the key of a result in DynamoDB, got one of 300 characters',
    );
    expect(decode({ headers: { task: 't', id: 'x'.repeat(1024) } }).id).toHaveLength(1024);
  });

  const broken: readonly (readonly [string, Partial<Envelope>, unknown, string])[] = [
    [
      'no task anywhere',
      { headers: { id: 'i' } },
      [[], {}, {}],
      'expected a header "task" (protocol 2) or a body with "task" (protocol 1), got headers id and as body a list',
    ],
    [
      'a task that is no text',
      { headers: { task: 7, id: 'i' } },
      [[], {}, {}],
      'expected a text or null as header "task", got a number',
    ],
    [
      'no id',
      { headers: { task: 't' } },
      [[], {}, {}],
      'expected a text as header "id", got undefined',
    ],
    [
      'an empty id',
      { headers: { task: 't', id: '' } },
      [[], {}, {}],
      'expected a text as header "id", got \'\'',
    ],
    [
      'an object as body',
      { headers: task },
      { a: 1 },
      'expected [args, kwargs, embed] as body, got an object',
    ],
    [
      'a text as body',
      { headers: task },
      'x',
      'expected [args, kwargs, embed] as body, got a string',
    ],
    [
      'half a body',
      { headers: task },
      [[], {}],
      'expected [args, kwargs, embed] as body, got a list of 2',
    ],
    [
      'args that are no list',
      { headers: task },
      [{}, {}, {}],
      'expected a list as args, got an object',
    ],
    [
      'kwargs that are a list',
      { headers: task },
      [[], [], {}],
      'expected an object as kwargs, got a list',
    ],
    [
      'kwargs that are null',
      { headers: task },
      [[], null, {}],
      'expected an object as kwargs, got null',
    ],
    [
      'an embed that is a list',
      { headers: task },
      [[], {}, []],
      'expected an object as embed, got a list',
    ],
    [
      'callbacks that are no list',
      { headers: task },
      [[], {}, { callbacks: {} }],
      'expected a list of signatures or null as embed "callbacks", got an object',
    ],
    [
      'a bad eta',
      { headers: { ...task, eta: 'tomorrow' } },
      [[], {}, {}],
      'expected a date or null as header "eta", got \'tomorrow\'',
    ],
    [
      'a number as expires',
      { headers: { ...task, expires: 60 } },
      [[], {}, {}],
      'expected a date or null as header "expires", got a number',
    ],
    [
      'half a timelimit',
      { headers: { ...task, timelimit: [1] } },
      [[], {}, {}],
      'expected two numbers, [hard, soft], or null as header "timelimit", got a list',
    ],
    [
      'texts as timelimit',
      { headers: { ...task, timelimit: ['1', null] } },
      [[], {}, {}],
      'expected two numbers, [hard, soft], or null as header "timelimit", got a list',
    ],
    [
      'a list as delivery_info',
      { headers: task, properties: { delivery_info: [] } },
      [[], {}, {}],
      'expected an object or null as property "delivery_info", got a list',
    ],
    [
      'protocol 1 without id',
      { headers: {} },
      { task: 't' },
      'expected a text as header "id", got undefined',
    ],
    [
      'protocol 1 with null kwargs',
      { headers: {} },
      { ...task, kwargs: null },
      'expected an object as kwargs, got null',
    ],
    [
      'protocol 1 with a text as args',
      { headers: {} },
      { ...task, args: 'x' },
      'expected a list as args, got a string',
    ],
  ];

  test.for(broken)('refuses %s', ([, parts, body, says]) => {
    expect(() => decode(parts, body)).toThrow(new DecodeError(`Not a task: ${says}`));
  });

  test('protocol 1 does without args and kwargs', () => {
    expect(decode({ headers: { mine: 1 } }, task)).toMatchObject({
      task: 't',
      id: 'i',
      args: [],
      kwargs: {},
      headers: { mine: 1 },
    });
  });
});
