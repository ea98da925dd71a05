import { Alias, type IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/**
 * SNS's own key of the account, which encrypts topics at rest. Its policy lets everyone of the account use it by way of SNS, so
 * that publishers need no more than `sns:Publish`. Topics have no encryption without a key, as queues do.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
 */
export function snsKey(scope: Construct): IKey {
  return Alias.fromAliasName(scope, 'SnsKey', 'alias/aws/sns');
}
