import {
  DeleteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type {
  Clock,
  LeaseChange,
  LeaseOutcome,
  Random,
  ResultBackend,
  ResultWrite,
  StoredResult,
  WriteOutcome,
} from '../ports/index.ts';
import { taskItemKey } from '../protocol/item-keys.ts';
import { type BatchGetOptions, batchGet, type FoundItem, type TableKey } from './batch-get.ts';
import { moveEndOn } from './chord-expressions.ts';
import { conditional, requireItem } from './conditional-write.ts';
import { isExpired } from './expiry.ts';
import { inParallel } from './in-parallel.ts';
import { number } from './item.ts';
import { leaseAttribute } from './lease-expression.ts';
import { request } from './operational-error.ts';
import { isWrittenBy, readResultItem } from './result-item.ts';
import { storeExpressions } from './store-expression.ts';

const parallelRequests = 8;

/** 400 KiB for the whole item, less the longest key and our own attributes. */
const maxDocumentBytes = 407_000;

/** What `DynamoDBResultBackend` works with. */
export interface DynamoDBResultBackendOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Celery's `global_keyprefix`; default none. */
  readonly keyPrefix?: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** Results in the table and the form of Celery's own DynamoDB backend. @see celery.backends.dynamodb */
export class DynamoDBResultBackend implements ResultBackend {
  readonly maxDocumentBytes: number = maxDocumentBytes;
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #keyPrefix: string | undefined;
  readonly #clock: Clock;
  readonly #batch: BatchGetOptions;

  constructor({ client, table, keyPrefix, clock, random }: DynamoDBResultBackendOptions) {
    this.#client = client;
    this.#table = table;
    this.#keyPrefix = keyPrefix;
    this.#clock = clock;
    this.#batch = { client, clock, random };
  }

  async read(
    taskIds: readonly string[],
    { consistent = true }: { readonly consistent?: boolean } = {},
  ): Promise<ReadonlyMap<string, StoredResult>> {
    const ids = [...new Set(taskIds)];
    return this.among(ids, await batchGet(this.#batch, this.keys(ids), { consistent }));
  }

  /** The items of these tasks, no id twice, for a read together with others. */
  keys(taskIds: readonly string[]): TableKey[] {
    return taskIds.map((id) => ({ table: this.#table, key: { id: { S: this.#key(id) } } }));
  }

  /** The results among found items. */
  among(taskIds: readonly string[], found: readonly FoundItem[]): Map<string, StoredResult> {
    const idOfKey = new Map(taskIds.map((id) => [this.#key(id), id]));
    const now = this.#now();
    const results = new Map<string, StoredResult>();
    for (const { table, item } of found) {
      const id = table === this.#table ? idOfKey.get(item.id?.S ?? '') : undefined;
      if (id !== undefined && !isExpired(item, now)) results.set(id, readResultItem(id, item));
    }
    return results;
  }

  async store(write: ResultWrite): Promise<WriteOutcome> {
    const doing = `Storing ${write.status} of task ${write.taskId} in table '${this.#table}'`;
    const command = new UpdateItemCommand({
      TableName: this.#table,
      Key: { id: { S: this.#key(write.taskId) } },
      ...storeExpressions(write, this.#now()),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const outcome = await conditional(doing, this.#client.send(command));
    if (outcome.written) return { stored: true };
    const inTheWay = requireItem(doing, outcome.inTheWay);
    // A write whose answer was lost is repeated by the SDK and then meets itself.
    if (isWrittenBy(inTheWay, write)) return { stored: true };
    return { stored: false, current: readResultItem(write.taskId, inTheWay) };
  }

  async changeLease({ taskId, owner, to, expiresAt }: LeaseChange): Promise<LeaseOutcome> {
    const doing = `Changing the lease of task ${taskId} in table '${this.#table}'`;
    const command = new UpdateItemCommand({
      TableName: this.#table,
      Key: { id: { S: this.#key(taskId) } },
      UpdateExpression: `SET #lease = :lease${expiresAt === undefined ? '' : ', #ttl = :ttl'}`,
      ConditionExpression:
        '#lease.#owner = :owner AND (attribute_not_exists(#ttl) OR #ttl >= :now)',
      ExpressionAttributeNames: { '#lease': 'lease', '#owner': 'owner', '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':lease': leaseAttribute(to),
        ':owner': { S: owner },
        ':now': number(this.#now()),
        ...(expiresAt !== undefined && { ':ttl': number(expiresAt) }),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const outcome = await conditional(doing, this.#client.send(command));
    if (outcome.written) return { changed: true };
    const { inTheWay } = outcome;
    const isAbsent = inTheWay === undefined || isExpired(inTheWay, this.#now());
    return { changed: false, current: isAbsent ? undefined : readResultItem(taskId, inTheWay) };
  }

  async prolong(taskIds: readonly string[], expiresAt: number): Promise<void> {
    const keys = [...new Set(taskIds.map((id) => this.#key(id)))];
    await inParallel(keys, parallelRequests, (key) => this.#prolong(key, expiresAt));
  }

  async #prolong(key: string, expiresAt: number): Promise<void> {
    const command = new UpdateItemCommand({
      TableName: this.#table,
      Key: { id: { S: key } },
      ...moveEndOn(this.#now(), expiresAt, { endless: 'stay' }),
    });
    await conditional(
      `Prolonging item ${key} of table '${this.#table}'`,
      this.#client.send(command),
    );
  }

  async forget(taskIds: readonly string[]): Promise<readonly string[]> {
    const keys = [...new Set(taskIds.map((id) => this.#key(id)))];
    const payloads = await inParallel(keys, parallelRequests, (key) => this.#delete(key));
    return payloads.filter((payload) => payload !== undefined);
  }

  /** Answers where the document lay, if it lay elsewhere: what a delete returns costs no read. */
  async #delete(key: string): Promise<string | undefined> {
    const command = new DeleteItemCommand({
      TableName: this.#table,
      Key: { id: { S: key } },
      ReturnValues: 'ALL_OLD',
    });
    const { Attributes } = await request(
      () => `Deleting item ${key} of table '${this.#table}'`,
      this.#client.send(command),
    );
    return Attributes?.payload?.S;
  }

  #key(taskId: string): string {
    return taskItemKey(taskId, this.#keyPrefix);
  }

  /** In Unix seconds. */
  #now(): number {
    return this.#clock.now() / 1000;
  }
}
