import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item as DynamoDB speaks of it. */
export type Item = Record<string, AttributeValue>;

/** A number as an attribute. */
export function number(value: number): AttributeValue {
  return { N: String(value) };
}
