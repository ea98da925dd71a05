import { createHash } from 'node:crypto';
import type { NextId } from './plan.ts';

/** Of this library: a UUIDv5's namespace keeps its ids apart from everyone else's. */
const namespace = Buffer.from('6f1a5c1e3c0f4d0a9d0e1b8f2c7a4e55', 'hex');

/**
 * Ids that every delivery of one end of one task draws alike, so that following it twice sends the same messages twice.
 *
 * @param from What is followed: the task's id, the attempt that ended it, and the place in what follows.
 */
export function derivedIds(...from: readonly (string | number)[]): NextId {
  const path = from.join('/');
  let drawn = 0;
  return () => uuid5(`${path}/${drawn++}`);
}

/** @see RFC 9562, section 5.5 */
function uuid5(name: string): string {
  const hash = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
