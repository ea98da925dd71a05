import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { OperationalError } from '../errors.ts';
import type { Clock, Random } from '../ports/index.ts';
import { backOff } from './back-off.ts';
import { inParallel } from './in-parallel.ts';
import type { Item } from './item.ts';
import { request } from './operational-error.ts';

/** DynamoDB's limit of keys a BatchGetItem, of all tables together. */
const mostKeys = 100;
const parallelRequests = 8;
/** Rounds in a row that may bring nothing of what is left. */
const mostEmptyRounds = 8;

/** One item, by its table and its key. */
export interface TableKey {
  readonly table: string;
  readonly key: Item;
}

/** An item as it was found, an expired one too. */
export interface FoundItem {
  readonly table: string;
  readonly item: Item;
}

/** What `batchGet` works with. */
export interface BatchGetOptions {
  readonly client: DynamoDBClient;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Reads any items of any tables in as few requests as there can be. No key may be asked for twice.
 *
 * @throws OperationalError, also for a table that is throttled round after round
 */
export async function batchGet(
  options: BatchGetOptions,
  keys: readonly TableKey[],
  { consistent }: { readonly consistent: boolean },
): Promise<FoundItem[]> {
  const chunks = Array.from({ length: Math.ceil(keys.length / mostKeys) }, (_, chunk) =>
    keys.slice(chunk * mostKeys, (chunk + 1) * mostKeys),
  );
  const found = await inParallel(chunks, parallelRequests, (chunk) =>
    readChunk(options, chunk, consistent),
  );
  return found.flat();
}

/** Keys come back unprocessed when a table throttles, and when the answer would exceed 16 MB. */
async function readChunk(
  options: BatchGetOptions,
  keys: readonly TableKey[],
  consistent: boolean,
): Promise<FoundItem[]> {
  const items: FoundItem[] = [];
  let open = keys;
  let emptyRounds = 0;
  while (true) {
    const { read, left } = await readOnce(options.client, open, consistent);
    items.push(...read);
    if (left.length === 0) return items;
    emptyRounds = left.length < open.length ? 0 : emptyRounds + 1;
    if (emptyRounds === mostEmptyRounds) throw throttled(left, keys.length);
    await backOff(emptyRounds, options.clock, options.random);
    open = left;
  }
}

async function readOnce(
  client: DynamoDBClient,
  keys: readonly TableKey[],
  consistent: boolean,
): Promise<{ read: FoundItem[]; left: TableKey[] }> {
  const RequestItems: Record<string, { Keys: Item[]; ConsistentRead: boolean }> = {};
  for (const { table, key } of keys) {
    RequestItems[table] ??= { Keys: [], ConsistentRead: consistent };
    RequestItems[table].Keys.push(key);
  }
  const { Responses = {}, UnprocessedKeys = {} } = await request(
    () => `Reading ${keys.length} items of ${tablesOf(keys)}`,
    client.send(new BatchGetItemCommand({ RequestItems })),
  );
  return {
    read: Object.entries(Responses).flatMap(([table, items]) =>
      items.map((item) => ({ table, item })),
    ),
    left: Object.entries(UnprocessedKeys).flatMap(([table, { Keys = [] }]) =>
      Keys.map((key) => ({ table, key })),
    ),
  };
}

function throttled(left: readonly TableKey[], asked: number): OperationalError {
  const what = tablesOf(left);
  return new OperationalError(
    `${what.charAt(0).toUpperCase()}${what.slice(1)} left ${left.length} of ${asked} keys unread ${mostEmptyRounds} times in a row: ` +
      'it is throttled. Try again later, or raise its capacity (on-demand tables grow by themselves).',
  );
}

function tablesOf(keys: readonly TableKey[]): string {
  return [...new Set(keys.map(({ table }) => `table '${table}'`))].join(' and ');
}
