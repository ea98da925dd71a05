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
  return Math.ceil(sizeOf(Item) / 1024);
}

/** Names and values; a number takes a byte per two digits and one more. */
function sizeOf(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, { S = '', N = '', B }]) =>
      sum + name.length + S.length + Math.ceil(N.length / 2) + 1 + (B?.length ?? 0),
    0,
  );
}
