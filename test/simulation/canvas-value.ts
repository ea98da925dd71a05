import { createHash } from 'node:crypto';

/** The value of a task that got this in front: short, and no other input makes the same. */
export function taskValue(label: string, front: readonly unknown[]): string {
  const text = `${label}${JSON.stringify(front)}`;
  return createHash('sha1').update(text).digest('base64url').slice(0, 10);
}
