import { type Envelope, encodeEnvelope } from '../../lib/protocol/index.ts';

/** An envelope as small as Python reads it, to be spoiled. */
export function anEnvelope(parts: Partial<Envelope> = {}): Envelope {
  return {
    body: '[[2,3],{},{}]',
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    headers: { task: 'shop.add', id: 'id-1' },
    properties: {},
    ...parts,
  };
}

/** The same as the text of an SQS message. */
export function aMessageText(parts: Partial<Envelope> = {}): string {
  return encodeEnvelope(anEnvelope(parts));
}

/** As Python sends it by default. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
