import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../lib/errors.ts';
import { decodeControlMessage, encodeControlMessage } from '../../lib/protocol/index.ts';
import vector from '../fixtures/vectors/control-revoke-fanout.json' with { type: 'json' };

/** As Python publishes it, captured. */
const fromPython = vector.sns[0]?.Message ?? '';
const revoke = {
  method: 'revoke',
  arguments: { task_id: 'some-id', terminate: true, signal: 'SIGTERM' },
  addressed: false,
};

describe('a control message', () => {
  test('reads back as it was written', () => {
    const text = encodeControlMessage('unpark', { task_id: ['a', 'b'] });

    expect(decodeControlMessage(text)).toEqual({
      method: 'unpark',
      arguments: { task_id: ['a', 'b'] },
      addressed: false,
    });
  });

  test('of Python is understood, raw or as SNS wraps it', () => {
    const wrapped = JSON.stringify({ Type: 'Notification', TopicArn: 'arn', Message: fromPython });

    expect(decodeControlMessage(fromPython)).toEqual(revoke);
    expect(decodeControlMessage(wrapped)).toEqual(revoke);
  });

  test.for([
    ['destination', { destination: ['celery@one'] }],
    ['pattern', { pattern: 'celery@*', matcher: 'glob' }],
  ] as const)('for some workers alone says so: %s', ([, fields]) => {
    const body = JSON.stringify({ method: 'revoke', arguments: {}, ...fields });

    expect(decodeControlMessage(JSON.stringify({ body, properties: {} })).addressed).toBe(true);
  });

  test.for([
    ['no JSON', 'hello'],
    ['no envelope', '{}'],
    ['no object', JSON.stringify({ body: '[]', properties: {} })],
    ['no method', JSON.stringify({ body: '{}', properties: {} })],
    [
      'arguments in a list',
      JSON.stringify({ body: '{"method": "revoke", "arguments": []}', properties: {} }),
    ],
  ] as const)('is refused: %s', ([, text]) => {
    expect(() => decodeControlMessage(text)).toThrow(DecodeError);
  });
});
