import type { ResultBackend, StoredResult } from './result-backend.ts';
import type { Revocable, Revocations } from './revocations.ts';

/** What is on record of the tasks of a batch. */
export interface AdmissionRecords {
  /** As `ResultBackend.read` answers, by task id. */
  readonly results: ReadonlyMap<string, StoredResult>;
  /** As `Revocations.revoked` answers: ids of tasks. */
  readonly revoked: ReadonlySet<string>;
}

/** The question before every start: has it ended, gone on, been revoked? One request for a whole batch. */
export interface Admissions {
  /** Sees every write and every revoke that was answered before. @throws OperationalError */
  read(tasks: readonly Revocable[]): Promise<AdmissionRecords>;
}

/** Admissions from a result backend and revocations that know nothing of each other, by a request to each. */
export function admissionsFrom(
  results: Pick<ResultBackend, 'read'>,
  revocations: Pick<Revocations, 'revoked'>,
): Admissions {
  return {
    async read(tasks) {
      const revoked = await revocations.revoked(tasks);
      return { results: await results.read(tasks.map(({ taskId }) => taskId)), revoked };
    },
  };
}
