import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { OperationalError } from '../errors.ts';
import type { Item } from './item.ts';
import { operationalError } from './operational-error.ts';

/** What became of a conditional write; `inTheWay` is the item it would have replaced. */
export type Conditional<T> =
  | { readonly written: true; readonly answer: T }
  | { readonly written: false; readonly inTheWay: Item | undefined };

/**
 * Awaits a conditional write that asks for `ReturnValuesOnConditionCheckFailure: 'ALL_OLD'`.
 *
 * @throws OperationalError for anything but a failed condition
 */
export async function conditional<T>(doing: string, write: Promise<T>): Promise<Conditional<T>> {
  try {
    return { written: true, answer: await write };
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw operationalError(doing, error);
    return { written: false, inTheWay: error.Item };
  }
}

/** The item in the way of a condition that an absent item fulfils, so that there must be one. */
export function requireItem(doing: string, inTheWay: Item | undefined): Item {
  if (inTheWay) return inTheWay;
  throw new OperationalError(
    `${doing}: the condition failed and the answer lacks the item (ReturnValuesOnConditionCheckFailure). ` +
      'Use an engine that returns it: DynamoDB, LocalStack 3 or later, ministack.',
  );
}
