import { checkAllSendable, checkSignature, parseJson } from '../protocol/index.ts';
import { CanvasSignature } from './canvas-signature.ts';
import { draftOf } from './draft.ts';
import type { Sender, Signature } from './signature.ts';

/**
 * A signature from JSON, whichever language wrote it.
 *
 * @param json As parsed, or what `JSON.parse` takes.
 * @throws DecodeError that says which part is no signature
 */
export function signatureFrom<R = unknown>(
  sender: Sender,
  json: unknown,
): Signature<readonly unknown[], R> {
  const value: unknown = typeof json === 'string' ? parseJson(json) : json;
  const signature = checkSignature(value, 'signature');
  checkAllSendable(signature, 'signature');
  return new CanvasSignature(sender, draftOf(signature)) as unknown as Signature<
    readonly unknown[],
    R
  >;
}
