import { describe, expect, test } from 'vitest';
import { ContentDisallowed, DecodeError } from '../../lib/errors.ts';
import type { Envelope } from '../../lib/protocol/index.ts';
import { compress, decodeBody } from '../../lib/serializers/index.ts';
import { anEnvelope } from '../protocol/messages.ts';

function packed(bytes: Uint8Array, compression: unknown): Envelope {
  return anEnvelope({
    body: Buffer.from(bytes).toString('base64'),
    headers: { compression },
    properties: { body_encoding: 'base64' },
  });
}

describe('decodeBody', () => {
  test.for([[['json']], [['application/json']], [['yaml', 'json']]])(
    'reads JSON where %j is accepted',
    ([accept]) => {
      expect(decodeBody(anEnvelope({ body: '[1,NaN]' }), accept ?? [])).toEqual([1, Number.NaN]);
    },
  );

  test('reads text, base64 and compressed bytes', () => {
    const bytes = new TextEncoder().encode('["é"]');
    const inBase64 = packed(bytes, null);
    const { bytes: less, contentType } = compress(bytes, 'brotli');

    expect(decodeBody(anEnvelope({ body: '["é"]' }), ['json'])).toEqual(['é']);
    expect(decodeBody(inBase64, ['json'])).toEqual(['é']);
    expect(decodeBody(packed(less, contentType), ['json'])).toEqual(['é']);
  });

  test.for([
    ['application/x-python-serialize', ['json', 'pickle', 'application/x-python-serialize']],
    ['application/x-yaml', ['json']],
    ['application/data', ['json']],
    ['application/json', ['yaml']],
    ['application/json', []],
    ['constructor', ['constructor']],
  ] as const)('refuses %s where %j is accepted', ([contentType, accept]) => {
    const envelope = anEnvelope({ contentType, body: 'never looked at' });

    expect(() => decodeBody(envelope, accept)).toThrow(ContentDisallowed);
    expect(() => decodeBody(envelope, accept)).toThrow(`Refusing content of type ${contentType}`);
  });

  const broken: readonly (readonly [string, Envelope, RegExp])[] = [
    ['no JSON', anEnvelope({ body: '{{' }), /^Not JSON/],
    ['no UTF-8', packed(new Uint8Array([34, 255, 34]), null), /the bytes are no UTF-8/],
    ['nothing', anEnvelope({ body: '' }), /^Not JSON/],
    [
      'bytes that are not compressed',
      packed(new TextEncoder().encode('[]'), 'application/x-gzip'),
      /Cannot decompress application\/x-gzip/,
    ],
    [
      'compressed text',
      anEnvelope({ body: '[]', headers: { compression: 'application/x-gzip' } }),
      /needs a content type, and a body in base64; got "application\/x-gzip" and text/,
    ],
    ['a compression that is no text', packed(new Uint8Array([1]), 7), /got 7 and base64/],
    [
      'an unknown type',
      anEnvelope({ body: '[{"__type__":"point","__value__":1}]' }),
      /Unknown __type__ "point" at \$\[0\]/,
    ],
    [
      'a thousand lists in each other',
      anEnvelope({ body: '['.repeat(1000) + ']'.repeat(1000) }),
      /900 deep/,
    ],
  ];

  test.for(broken)('refuses %s', ([, envelope, says]) => {
    expect(() => decodeBody(envelope, ['json'])).toThrow(DecodeError);
    expect(() => decodeBody(envelope, ['json'])).toThrow(says);
  });
});
