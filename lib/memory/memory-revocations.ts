import type { Revocable, Revocations, RevokeRecord, RevokeTargets } from '../ports/index.ts';
import { revokeKeysOf, stampRevokeKey, taskRevokeKey } from '../protocol/revoke-keys.ts';
import type { ExpiringMap } from './expiring-map.ts';

/** What is revoked in the engine, by key: for starts and for runs. */
export interface RevokeRecords {
  readonly revoked: ExpiringMap<true>;
  readonly terminated: ExpiringMap<true>;
}

/** Revokes of the in-process engine. */
export class MemoryRevocations implements Revocations {
  readonly #records: RevokeRecords;

  /** Several may share `records`, as several processes share a table. */
  constructor(records: RevokeRecords) {
    this.#records = records;
  }

  async revoke(
    { taskIds, stamps }: RevokeTargets,
    { terminate, expiresAt }: RevokeRecord,
  ): Promise<void> {
    const { revoked, terminated } = this.#records;
    for (const key of [...taskIds.map(taskRevokeKey), ...stamps.map(stampRevokeKey)]) {
      revoked.set(key, true, expiresAt);
      if (terminate) terminated.set(key, true, expiresAt);
    }
  }

  async revoked(tasks: readonly Revocable[]): Promise<ReadonlySet<string>> {
    return among(tasks, this.#records.revoked);
  }

  async terminated(tasks: readonly Revocable[]): Promise<ReadonlySet<string>> {
    return among(tasks, this.#records.terminated);
  }
}

function among(tasks: readonly Revocable[], records: ExpiringMap<true>): Set<string> {
  const isLive = (key: string) => records.get(key) ?? false;
  return new Set(
    tasks.filter((task) => revokeKeysOf(task).some(isLive)).map(({ taskId }) => taskId),
  );
}
