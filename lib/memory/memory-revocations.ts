import type { Clock, Revocable, Revocations, RevokeRecord, RevokeTargets } from '../ports/index.ts';
import { revokeKeysOf, stampRevokeKey, taskRevokeKey } from '../protocol/revoke-keys.ts';

/** What is revoked in the engine: key -> Unix seconds of its end, for starts and for runs. */
export interface RevokeRecords {
  readonly revoked: Map<string, number>;
  readonly terminated: Map<string, number>;
}

/** Revokes of the in-process engine. */
export class MemoryRevocations implements Revocations {
  readonly #records: RevokeRecords;
  readonly #clock: Clock;

  /** Several may share `records`, as several processes share a table. */
  constructor(records: RevokeRecords, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
  }

  async revoke(
    { taskIds, stamps }: RevokeTargets,
    { terminate, expiresAt }: RevokeRecord,
  ): Promise<void> {
    const { revoked, terminated } = this.#records;
    for (const key of [...taskIds.map(taskRevokeKey), ...stamps.map(stampRevokeKey)]) {
      revoked.set(key, expiresAt);
      if (terminate) terminated.set(key, expiresAt);
    }
  }

  async revoked(tasks: readonly Revocable[]): Promise<ReadonlySet<string>> {
    return this.#among(tasks, this.#records.revoked);
  }

  async terminated(tasks: readonly Revocable[]): Promise<ReadonlySet<string>> {
    return this.#among(tasks, this.#records.terminated);
  }

  #among(tasks: readonly Revocable[], records: ReadonlyMap<string, number>): Set<string> {
    const now = this.#clock.now() / 1000;
    const isLive = (key: string) => (records.get(key) ?? 0) >= now;
    return new Set(
      tasks.filter((task) => revokeKeysOf(task).some(isLive)).map(({ taskId }) => taskId),
    );
  }
}
