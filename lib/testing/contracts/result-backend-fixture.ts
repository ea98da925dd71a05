import { randomUUID } from 'node:crypto';
import type { ResultBackend, ResultWrite, StoredResult } from '../../ports/index.ts';
import type { Fixture } from './with-fixture.ts';

/** A results table for one test, or shared by tests that use ids of their own. */
export interface ResultBackendFixture extends Fixture {
  readonly results: ResultBackend;
  /** Milliseconds since the epoch, by the clock that the backend uses. */
  now(): number;
  /** Puts a whole item without a look at what is there, and without our attributes: what Celery's own backend does. */
  putAsPython(
    taskId: string,
    document: Uint8Array,
    item: { readonly timestamp: string; readonly expiresAt?: number },
  ): Promise<void>;
}

/** The first write for a task of its own. */
export function aWrite(fields: Partial<ResultWrite> = {}): ResultWrite {
  const token = randomUUID();
  const { attempt = 0 } = fields;
  return {
    taskId: randomUUID(),
    document: text(`{"written by": "${token}"}`),
    status: 'STARTED',
    timestamp: 1795244444.125,
    expiresAt: undefined,
    attempt,
    fromAttempt: attempt,
    generation: 0,
    dead: undefined,
    retry: undefined,
    over: undefined,
    token,
    ...fields,
  };
}

/** Another write for the task of `first`. */
export function following({ taskId }: ResultWrite, fields: Partial<ResultWrite>): ResultWrite {
  return aWrite({ ...fields, taskId });
}

/** What is stored of a task now. */
export async function readOne(
  results: ResultBackend,
  taskId: string,
): Promise<StoredResult | undefined> {
  return (await results.read([taskId])).get(taskId);
}

/** A document of this text. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
