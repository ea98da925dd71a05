import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../ports/index.ts';
import { conditional } from './conditional-write.ts';
import { type Item, number } from './item.ts';

/** Seconds of a day. */
export const daySeconds: number = 86_400;

/** Whether the item's `ttl` is past. DynamoDB deletes such items late, up to days. */
export function isExpired({ ttl }: Item, nowSeconds: number): boolean {
  return ttl?.N !== undefined && Number(ttl.N) < nowSeconds;
}

/**
 * Ends fall on whole days: parts that end minutes apart ask for the same one, and move it once, not each by itself.
 * Nothing ends before it may. In Unix seconds, both.
 */
export function endOfDay(expiresAt: number): number {
  return Math.ceil(expiresAt / daySeconds) * daySeconds;
}

/** Where an expired item lies. */
export interface ExpiredItem {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly clock: Clock;
  readonly key: Item;
}

/**
 * Deletes an expired item, unless somebody has replaced it by now: it must not lend its attributes to a new one.
 *
 * @param doing For errors: what the item is in the way of
 * @throws OperationalError
 */
export async function deleteExpired(
  doing: string,
  { client, table, clock, key }: ExpiredItem,
): Promise<void> {
  const command = new DeleteItemCommand({
    TableName: table,
    Key: key,
    ConditionExpression: '#ttl < :now',
    ExpressionAttributeNames: { '#ttl': 'ttl' },
    ExpressionAttributeValues: { ':now': number(clock.now() / 1000) },
  });
  await conditional(doing, client.send(command));
}
