import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { canvasKeyPrefix } from '../../lib/protocol/canvas-keys.ts';
import { revokeKeyPrefix } from '../../lib/protocol/revoke-keys.ts';
import { uniqueKeyPrefix } from '../../lib/protocol/unique-keys.ts';
import { type CeleryTableProps, createTable } from './celery-table.ts';
import { allow, type GrantedResource } from './grant.ts';

/**
 * What is kept beside results: marks of starts, revokes, the clocks and changes of rate limits, the claims of unique
 * calls, and native canvas. Keys `pk` and `sk`, expiry in `ttl`. Paid by request.
 */
export class StateTable extends Construct {
  readonly table: Table;

  constructor(scope: Construct, id: string, props: CeleryTableProps = {}) {
    super(scope, id);
    this.table = createTable(this, { hash: 'pk', range: 'sk' }, props);
  }

  /** Lets `grantee` keep marks of starts and read what is revoked, as workers do. */
  grantKeep(grantee: IGrantable): Grant {
    const actions = ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
    return allow(grantee, actions, this.resource());
  }

  /** Lets `grantee` revoke tasks: it may write the records of revokes and no other item. */
  grantRevoke(grantee: IGrantable): Grant {
    return allow(grantee, ['dynamodb:BatchWriteItem'], this.resource(), {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${revokeKeyPrefix}*`] },
    });
  }

  /** Lets `grantee` store what canvas in native mode needs: it may write those records and no other item. */
  grantCanvas(grantee: IGrantable): Grant {
    return allow(grantee, ['dynamodb:BatchWriteItem'], this.resource(), {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${canvasKeyPrefix}*`] },
    });
  }

  /** Lets `grantee` send unique calls: it may update the records of those and no other item. */
  grantClaim(grantee: IGrantable): Grant {
    return allow(grantee, ['dynamodb:UpdateItem'], this.resource(), {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [`${uniqueKeyPrefix}*`] },
    });
  }

  private resource(): GrantedResource {
    return { arn: this.table.tableArn, encryptionKey: this.table.encryptionKey };
  }
}
