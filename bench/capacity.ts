import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { SeenRequest } from './counting-proxy.ts';

/** What requests cost on an on-demand table, in DynamoDB's units. */
export interface Capacity {
  readonly readUnits: number;
  readonly writeUnits: number;
}

type Item = Record<string, AttributeValue>;

/**
 * The units that DynamoDB would charge, by its published rules, since engines do not tell for every operation: a read of
 * a key is one unit (half, when not consistent), here of items below 4 kB; a write is one unit per 1 kB of its item.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export async function capacityOf(
  requests: readonly SeenRequest[],
  client: DynamoDBClient,
): Promise<Capacity> {
  let [readUnits, writeUnits] = [0, 0];
  for (const { operation, input } of requests) {
    if (operation === 'BatchGetItem') readUnits += readUnitsOf(input);
    else if (operation === 'UpdateItem') writeUnits += await writeUnitsOf(input, client);
    else throw new Error(`The budget of a plain task knows no ${operation}`);
  }
  return { readUnits, writeUnits };
}

function readUnitsOf(input: SeenRequest['input']): number {
  const tables = Object.values(
    input.RequestItems as Record<string, { Keys: unknown[]; ConsistentRead?: boolean }>,
  );
  return tables.reduce(
    (sum, { Keys, ConsistentRead }) => sum + Keys.length * (ConsistentRead ? 1 : 0.5),
    0,
  );
}

/** Of the item as it stands now: each was written once. */
async function writeUnitsOf(input: SeenRequest['input'], client: DynamoDBClient): Promise<number> {
  const { Item } = await client.send(
    new GetItemCommand({
      TableName: String(input.TableName),
      Key: input.Key as Item,
      ConsistentRead: true,
    }),
  );
  if (Item === undefined) throw new Error(`No item was written by ${JSON.stringify(input.Key)}`);
  return writeUnits(Item);
}

/** Units of one request of any kind that was answered just now: sizes are those of this moment. */
export async function unitsOf(
  { operation, input }: SeenRequest,
  answer: string,
  client: DynamoDBClient,
): Promise<number> {
  switch (operation) {
    case 'UpdateItem':
      return await writeUnitsOf(input, client);
    case 'PutItem':
      return writeUnits(input.Item as Item);
    case 'DeleteItem':
      return 1;
    case 'BatchWriteItem':
      return putsOf(input).reduce((sum, item) => sum + writeUnits(item), 0);
    case 'GetItem':
    case 'BatchGetItem':
      return readUnits(input, JSON.parse(answer));
    default:
      return 0;
  }
}

/** Items that a BatchWriteItem puts. */
export function putsOf(input: SeenRequest['input']): readonly Item[] {
  const tables = input.RequestItems as Record<string, { PutRequest: { Item: Item } }[]>;
  return Object.values(tables).flatMap((puts) => puts.map(({ PutRequest }) => PutRequest.Item));
}

interface ReadAnswer {
  readonly Item?: Item;
  readonly Responses?: Readonly<Record<string, readonly Item[]>>;
}

/** A key without an item costs as the smallest item. */
function readUnits(input: SeenRequest['input'], { Item, Responses = {} }: ReadAnswer): number {
  const isConsistent = /"ConsistentRead":true/.test(JSON.stringify(input));
  const items = Item ? [Item] : Object.values(Responses).flat();
  const tables = (input.RequestItems ?? {}) as Record<string, { readonly Keys: unknown[] }>;
  const keys = Object.values(tables).reduce((sum, { Keys }) => sum + Keys.length, 0);
  const found = items.reduce((sum, item) => sum + Math.ceil(sizeOf(item) / 4096), 0);
  return (found + Math.max(0, Math.max(1, keys) - items.length)) * (isConsistent ? 1 : 0.5);
}

function writeUnits(item: Item): number {
  return Math.ceil(sizeOf(item) / 1024);
}

/** Names and values; a number takes a byte per two digits and one more. Bytes may still be base64. */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, { S = '', N, NS = [], B, BOOL }]) =>
      sum +
      name.length +
      S.length +
      [...NS, ...(N === undefined ? [] : [N])].reduce((all, one) => all + numberBytes(one), 0) +
      (typeof B === 'string' ? Buffer.byteLength(B, 'base64') : (B?.length ?? 0)) +
      (BOOL === undefined ? 0 : 1),
    0,
  );
}

function numberBytes(digits: string): number {
  return Math.ceil(digits.length / 2) + 1;
}
