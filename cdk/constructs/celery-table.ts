import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** What can be chosen for a table. */
export interface CeleryTableProps {
  /**
   * The table's name in DynamoDB.
   *
   * @default - CloudFormation makes one up, so that a stack can be deployed twice
   */
  readonly tableName?: string;
  /**
   * Keeps 35 days of continuous backups.
   *
   * @default false
   */
  readonly pointInTimeRecovery?: boolean;
  /**
   * What becomes of the table when it leaves the stack.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * A key of your own. Everyone who is granted something may then use the key.
   *
   * @default - DynamoDB's own key, at no cost
   */
  readonly encryptionKey?: IKey;
}

/** Key attributes, all of them strings. */
export interface TableKeys {
  readonly hash: string;
  readonly range?: string;
}

/** An on-demand table whose items expire by their attribute `ttl`. */
export function createTable(
  scope: Construct,
  { hash, range }: TableKeys,
  props: CeleryTableProps,
): Table {
  return new Table(scope, 'Table', {
    tableName: props.tableName,
    partitionKey: { name: hash, type: AttributeType.STRING },
    sortKey: range === undefined ? undefined : { name: range, type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    timeToLiveAttribute: 'ttl',
    pointInTimeRecoverySpecification: props.pointInTimeRecovery
      ? { pointInTimeRecoveryEnabled: true }
      : undefined,
    removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    encryptionKey: props.encryptionKey,
  });
}
