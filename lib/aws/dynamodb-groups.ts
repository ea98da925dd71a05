import {
  DeleteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Clock, GroupCodec, Groups, Random, SavedGroup } from '../ports/index.ts';
import { groupItemKey } from '../protocol/item-keys.ts';
import { batchGet } from './batch-get.ts';
import { isExpired } from './expiry.ts';
import { jsonGroups, readGroupItem, saveGroup } from './group-item.ts';
import type { Item } from './item.ts';
import { request } from './operational-error.ts';

/** What `DynamoDBGroups` works with. */
export interface DynamoDBGroupsOptions {
  readonly client: DynamoDBClient;
  /** The results table. */
  readonly table: string;
  /** Celery's `global_keyprefix`; default none. */
  readonly keyPrefix?: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Default: plain JSON, Celery's own default. */
  readonly codec?: GroupCodec;
}

/** Saved groups in the table and the form of Celery's own DynamoDB backend. @see celery.backends.dynamodb */
export class DynamoDBGroups implements Groups {
  readonly #options: DynamoDBGroupsOptions;

  constructor(options: DynamoDBGroupsOptions) {
    this.#options = options;
  }

  async save(group: SavedGroup, expiresAt: number | undefined): Promise<void> {
    const { client, table, codec = jsonGroups } = this.#options;
    const command = new UpdateItemCommand({
      TableName: table,
      Key: this.#key(group.groupId),
      ...(await saveGroup(group, { codec, now: this.#now(), ttl: expiresAt })),
    });
    await request(() => this.#doing('Saving', group.groupId), client.send(command));
  }

  async restore(groupId: string): Promise<SavedGroup | undefined> {
    const { table, codec = jsonGroups } = this.#options;
    const keys = [{ table, key: this.#key(groupId) }];
    const [found] = await batchGet(this.#options, keys, { consistent: true });
    if (found === undefined || isExpired(found.item, this.#now())) return undefined;
    return await readGroupItem(groupId, found.item, codec);
  }

  async delete(groupId: string): Promise<void> {
    const { client, table } = this.#options;
    const command = new DeleteItemCommand({ TableName: table, Key: this.#key(groupId) });
    await request(() => this.#doing('Deleting', groupId), client.send(command));
  }

  #key(groupId: string): Item {
    return { id: { S: groupItemKey(groupId, this.#options.keyPrefix) } };
  }

  #doing(what: string, groupId: string): string {
    return `${what} group ${groupId} in table '${this.#options.table}'`;
  }

  /** In Unix seconds. */
  #now(): number {
    return this.#options.clock.now() / 1000;
  }
}
