import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { workflowKeyPatterns } from '../../lib/protocol/item-keys.ts';
import { type CeleryTableProps, createTable } from './celery-table.ts';
import { allow } from './grant.ts';

/**
 * The results table, just as Celery's DynamoDB backend has it: string key `id`, expiry in `ttl`. Paid by request.
 *
 * @see celery.backends.dynamodb
 */
export class ResultTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: CeleryTableProps = {}) {
    super(scope, id);
    this.table = createTable(this, { hash: 'id' }, props);
  }

  /** Lets `grantee` read results by task id; no scans. */
  grantRead(grantee: IGrantable): Grant {
    return this.grant(grantee, ['dynamodb:BatchGetItem']);
  }

  /** Lets `grantee` forget results: `AsyncResult.forget()`. */
  grantForget(grantee: IGrantable): Grant {
    return this.grant(grantee, ['dynamodb:DeleteItem']);
  }

  /** Lets `grantee` store states, as workers do. */
  grantStore(grantee: IGrantable): Grant {
    return this.grant(grantee, ['dynamodb:UpdateItem']);
  }

  /** Lets `grantee` save groups and make the records of chords: it may write those and no result of a task. */
  grantSaveGroups(grantee: IGrantable): Grant {
    return this.grant(grantee, ['dynamodb:UpdateItem'], {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': workflowKeyPatterns },
    });
  }

  /**
   * Lets `grantee` use the table as Python Celery's producers do: the backend describes the table and its expiry
   * before the first read, and saved groups and chord counters are put and deleted as whole items.
   */
  grantPythonProduce(grantee: IGrantable): Grant {
    return this.grant(grantee, [
      'dynamodb:DescribeTable',
      'dynamodb:DescribeTimeToLive',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:DeleteItem',
    ]);
  }

  private grant(
    grantee: IGrantable,
    actions: readonly string[],
    conditions?: Record<string, Record<string, unknown>>,
  ): Grant {
    const { tableArn, encryptionKey } = this.table;
    return allow(grantee, actions, { arn: tableArn, encryptionKey }, conditions);
  }
}
