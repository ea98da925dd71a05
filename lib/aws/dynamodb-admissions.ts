import type { AdmissionRecords, Admissions, Revocable } from '../ports/index.ts';
import { type BatchGetOptions, batchGet } from './batch-get.ts';
import type { DynamoDBResultBackend } from './dynamodb-result-backend.ts';
import type { DynamoDBRevocations } from './dynamodb-revocations.ts';

/** What `DynamoDBAdmissions` works with: both tables in one account and region. */
export interface DynamoDBAdmissionsOptions extends BatchGetOptions {
  readonly results: DynamoDBResultBackend;
  readonly revocations: DynamoDBRevocations;
}

/** Results and revokes of a batch by one BatchGetItem over both tables. */
export class DynamoDBAdmissions implements Admissions {
  readonly #options: DynamoDBAdmissionsOptions;

  constructor(options: DynamoDBAdmissionsOptions) {
    this.#options = options;
  }

  async read(tasks: readonly Revocable[]): Promise<AdmissionRecords> {
    const { results, revocations } = this.#options;
    const ids = [...new Set(tasks.map(({ taskId }) => taskId))];
    const keys = [...results.keys(ids), ...revocations.keys(tasks)];
    const found = await batchGet(this.#options, keys, { consistent: true });
    return { results: results.among(ids, found), revoked: revocations.among(tasks, found) };
  }
}
