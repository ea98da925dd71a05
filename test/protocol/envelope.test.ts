import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../lib/errors.ts';
import { Decimal, decodeEnvelope, encodeEnvelope, envelopeBody } from '../../lib/protocol/index.ts';
import { aMessageText, anEnvelope, base64 } from './messages.ts';

describe('decodeEnvelope', () => {
  test('reads what encodeEnvelope writes, plain and in base64', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (body, header) => {
        const envelope = anEnvelope({
          body,
          headers: { header: JSON.parse(JSON.stringify(header)) },
        });
        const text = encodeEnvelope(envelope);

        expect(decodeEnvelope(text)).toEqual(envelope);
        expect(decodeEnvelope(base64(text))).toEqual(envelope);
        expect(decodeEnvelope(`\n ${base64(text)} `)).toEqual(envelope);
      }),
    );
  });

  test('fills in what Python does without', () => {
    expect(decodeEnvelope('{"body":"x","properties":{}}')).toEqual({
      body: 'x',
      contentType: 'application/data',
      contentEncoding: 'utf-8',
      headers: {},
      properties: {},
    });
  });

  test("reads kombu's types in headers, which other parts cannot be", () => {
    const typed = '{"__type__":"decimal","__value__":"1.5"}';

    const { headers } = decodeEnvelope(`{"body":"","headers":{"price":${typed}},"properties":{}}`);
    expect(headers.price).toEqual(new Decimal('1.5'));
    expect(() => decodeEnvelope(`{"body":"","headers":${typed},"properties":{}}`)).toThrow(
      'expected an object as "headers", got a Decimal',
    );
  });

  const broken: readonly (readonly [string, RegExp])[] = [
    ['', /^Not JSON/],
    ['hello', /^Not JSON/],
    [base64('hello'), /^Not JSON/],
    [base64('{"properties":{}}').slice(0, -3), /^Not JSON/],
    [aMessageText().slice(0, 80), /^Not JSON/],
    [Buffer.from([0xff, 0xfe, 0xff]).toString('base64'), /^Not JSON/],
    ['[]', /expected an object, got a list/],
    ['null', /expected an object, got null/],
    ['{"body":"x"}', /expected a member "properties"/],
    ['{"body":"x","properties":null}', /expected an object as "properties", got null/],
    ['{"body":"x","properties":[]}', /expected an object as "properties", got a list/],
    ['{"body":{},"properties":{}}', /expected a text as "body", got an object/],
    ['{"properties":{}}', /expected a text as "body", got undefined/],
    ['{"body":"","headers":[],"properties":{}}', /expected an object as "headers", got a list/],
    [
      '{"body":"","content-type":1,"properties":{}}',
      /expected a text as "content-type", got a number/,
    ],
    [
      `{"body":"","headers":{"deep":${'['.repeat(1000)}${']'.repeat(1000)}},"properties":{}}`,
      /900 deep/,
    ],
  ];

  test.for(broken)('refuses %s', ([text, says]) => {
    expect(() => decodeEnvelope(text)).toThrow(DecodeError);
    expect(() => decodeEnvelope(text)).toThrow(says);
  });
});

describe('encodeEnvelope', () => {
  test('escapes the two characters that SQS refuses', () => {
    const text = encodeEnvelope(anEnvelope({ body: 'a\ufffe\uffffb', headers: { '\uffff': 1 } }));

    expect(text).not.toMatch(/[\ufffe\uffff]/);
    expect(decodeEnvelope(text)).toMatchObject({
      body: 'a\ufffe\uffffb',
      headers: { '\uffff': 1 },
    });
  });
});

describe('envelopeBody', () => {
  test('is text, or the bytes that base64 stands for', () => {
    const bytes = new Uint8Array([0, 255, 1, 2]);
    const body = Buffer.from(bytes).toString('base64');

    expect(envelopeBody(anEnvelope({ body: 'é' }))).toBe('é');
    expect(envelopeBody(anEnvelope({ body: 'é', properties: { body_encoding: 'UTF-8' } }))).toBe(
      'é',
    );
    const encoded = envelopeBody(anEnvelope({ body, properties: { body_encoding: 'base64' } }));
    expect(new Uint8Array(encoded as Uint8Array)).toEqual(bytes);
  });

  test.for([
    ['latin-1', 'x', 'got "latin-1"'],
    [7, 'x', 'got 7'],
    ['base64', 'not base64!', 'expected a body in base64'],
    ['base64', 'YWJj=YWJj', 'expected a body in base64'],
  ] as const)('refuses body_encoding %s of %s', ([encoding, body, says]) => {
    const envelope = anEnvelope({ body, properties: { body_encoding: encoding } });

    expect(() => envelopeBody(envelope)).toThrow(DecodeError);
    expect(() => envelopeBody(envelope)).toThrow(says);
  });
});
