import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { OperationalError } from '../errors.ts';
import { backOff } from './back-off.ts';
import type { BatchGetOptions } from './batch-get.ts';
import { inParallel } from './in-parallel.ts';
import type { Item } from './item.ts';
import { request } from './operational-error.ts';

/** DynamoDB's limit of puts a BatchWriteItem. */
const mostPuts = 25;
const parallelRequests = 4;
/** Rounds in a row that may take nothing of what is left. */
const mostEmptyRounds = 8;

/** What is put, for errors. */
export interface PutWords {
  /** `Revoking`. */
  readonly doing: string;
  /** Of the items: `revokes`. */
  readonly items: string;
  /** `Revoke again later, which is harmless.` */
  readonly wayOut: string;
}

/** Puts whole items into a table in as few requests as there can be. @throws OperationalError, also while throttled */
export async function batchPut(
  options: BatchGetOptions,
  table: string,
  items: readonly Item[],
  words: PutWords,
): Promise<void> {
  const chunks = Array.from({ length: Math.ceil(items.length / mostPuts) }, (_, chunk) =>
    items.slice(chunk * mostPuts, (chunk + 1) * mostPuts),
  );
  await inParallel(chunks, parallelRequests, (chunk) => putChunk(options, table, chunk, words));
}

/** Puts come back unprocessed when the table throttles. */
async function putChunk(
  { client, clock, random }: BatchGetOptions,
  table: string,
  items: readonly Item[],
  { doing, items: what, wayOut }: PutWords,
): Promise<void> {
  let open = items.map((Item) => ({ PutRequest: { Item } }));
  for (let emptyRounds = 0; emptyRounds < mostEmptyRounds; ) {
    const { UnprocessedItems = {} } = await request(
      () => `${doing} in table '${table}'`,
      client.send(new BatchWriteItemCommand({ RequestItems: { [table]: open } })),
    );
    const left = (UnprocessedItems[table] ?? []).flatMap(({ PutRequest }) =>
      PutRequest?.Item ? [{ PutRequest: { Item: PutRequest.Item } }] : [],
    );
    if (left.length === 0) return;
    emptyRounds = left.length < open.length ? 0 : emptyRounds + 1;
    await backOff(emptyRounds, clock, random);
    open = left;
  }
  throw new OperationalError(
    `Table '${table}' left ${open.length} of ${items.length} ${what} unwritten ${mostEmptyRounds} times in a row: ` +
      `it is throttled. ${wayOut}`,
  );
}
