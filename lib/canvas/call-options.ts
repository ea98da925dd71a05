import {
  type Form,
  type Forms,
  type PublishOptions,
  publishOptionForms,
} from '../producer/index.ts';
import type { AnySignature, Signature } from './signature.ts';

/**
 * What a task's result is for its caller: a `void` handler is `null`, a promise is what it resolves to, and one that
 * always throws has none.
 */
export type Resolved<R> = [Awaited<R>] extends [never]
  ? never
  : // biome-ignore lint/suspicious/noConfusingVoidType: it is what handlers without a return value return
    [Awaited<R>] extends [void]
    ? null
    : Awaited<R>;

/** How one call is sent, and what follows it. */
export interface CallOptions<R = unknown> extends PublishOptions {
  /** Called with the result after success. Written to the message; Python workers follow it. */
  link?: FollowUp<R> | readonly FollowUp<R>[];
  /** Called after failure. Written to the message; Python workers follow it. */
  linkError?: AnySignature | readonly AnySignature[];
}

/** Takes the result in front of its arguments, or nothing. */
export type FollowUp<R> = Signature<[R]> | Signature<[]>;

const signatures: Form = [
  'a signature or a list of them',
  (value) => [value].flat().every(isSignature),
];

/** What their values look like. */
export const callOptionForms: Forms<CallOptions> = {
  ...publishOptionForms,
  link: signatures,
  linkError: signatures,
};

/** Whether a value is a signature, whichever copy of this library made it. */
export function isSignature(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'task' in value && 'toJSON' in value;
}
