import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type {
  Clock,
  Random,
  Revocable,
  Revocations,
  RevokeRecord,
  RevokeTargets,
} from '../ports/index.ts';
import { revokeKeysOf, stampRevokeKey, taskRevokeKey } from '../protocol/revoke-keys.ts';
import { type BatchGetOptions, batchGet, type FoundItem, type TableKey } from './batch-get.ts';
import { batchPut } from './batch-put.ts';
import { isExpired } from './expiry.ts';
import { number } from './item.ts';

const words = {
  doing: 'Revoking',
  items: 'revokes',
  wayOut: 'Revoke again later, which is harmless.',
};

type Kind = 'revoked' | 'terminated';

/** What `DynamoDBRevocations` works with. */
export interface DynamoDBRevocationsOptions {
  readonly client: DynamoDBClient;
  /** The state table: keys `pk` and `sk`, ttl `ttl`. */
  readonly table: string;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * A bare item of the state table for each revoke: `pk` names the task or the stamp, `sk` is `revoked`, and a second one
 * `terminated`. Two items, since a put replaces an item whole and nobody's `terminate` may get lost in another's revoke.
 */
export class DynamoDBRevocations implements Revocations {
  readonly #table: string;
  readonly #options: BatchGetOptions;

  constructor({ client, table, clock, random }: DynamoDBRevocationsOptions) {
    this.#table = table;
    this.#options = { client, clock, random };
  }

  async revoke(targets: RevokeTargets, { terminate, expiresAt }: RevokeRecord): Promise<void> {
    const { taskIds, stamps } = targets;
    const keys = new Set([...taskIds.map(taskRevokeKey), ...stamps.map(stampRevokeKey)]);
    const kinds: readonly Kind[] = terminate ? ['revoked', 'terminated'] : ['revoked'];
    const items = [...keys].flatMap((pk) =>
      kinds.map((sk) => ({ pk: { S: pk }, sk: { S: sk }, ttl: number(expiresAt) })),
    );
    await batchPut(this.#options, this.#table, items, words);
  }

  async revoked(tasks: readonly Revocable[]): Promise<ReadonlySet<string>> {
    return this.among(tasks, await this.#read(tasks, 'revoked', true));
  }

  async terminated(tasks: readonly Revocable[]): Promise<ReadonlySet<string>> {
    return this.among(tasks, await this.#read(tasks, 'terminated', false));
  }

  /** The items that say whether these tasks may start, for a read together with others. */
  keys(tasks: readonly Revocable[], kind: Kind = 'revoked'): TableKey[] {
    return [...new Set(tasks.flatMap(revokeKeysOf))].map((pk) => ({
      table: this.#table,
      key: { pk: { S: pk }, sk: { S: kind } },
    }));
  }

  /** Which of the tasks the found items speak of, by task id. */
  among(tasks: readonly Revocable[], found: readonly FoundItem[]): ReadonlySet<string> {
    const now = this.#options.clock.now() / 1000;
    const live = new Set(
      found.flatMap(({ table, item }) =>
        table === this.#table && !isExpired(item, now) ? [item.pk?.S] : [],
      ),
    );
    if (live.size === 0) return new Set();
    const isNamed = (task: Revocable) => revokeKeysOf(task).some((key) => live.has(key));
    return new Set(tasks.filter(isNamed).map(({ taskId }) => taskId));
  }

  #read(tasks: readonly Revocable[], kind: Kind, consistent: boolean): Promise<FoundItem[]> {
    return batchGet(this.#options, this.keys(tasks, kind), { consistent });
  }
}
