import { CeleryError } from '../errors.ts';
import { isObject } from './envelope.ts';
import { checkSignature } from './signature.ts';
import type { Embed, WireSignature } from './task-message.ts';

/**
 * A body without the signatures in it that are malformed: of a message that can never run, what waits for its end can
 * still be told of it. Takes the bodies of protocol 2 and 1; any other is answered as it is.
 */
export function withReadableEmbed(body: unknown): unknown {
  if (Array.isArray(body) && body.length === 3) return [body[0], body[1], readableEmbed(body[2])];
  return isObject(body) ? { ...body, ...readableEmbed(body) } : body;
}

function readableEmbed(embed: unknown): Embed {
  const { callbacks, errbacks, chain, chord } = isObject(embed) ? embed : {};
  return {
    callbacks: readable(callbacks),
    errbacks: readable(errbacks),
    chain: readable(chain),
    chord: readable([chord])[0] ?? null,
  };
}

function readable(signatures: unknown): readonly WireSignature[] {
  return Array.isArray(signatures) ? signatures.flatMap(asSignature) : [];
}

function asSignature(value: unknown): readonly WireSignature[] {
  try {
    return [checkSignature(value, 'embed')];
  } catch (error) {
    if (error instanceof CeleryError) return [];
    throw error;
  }
}
