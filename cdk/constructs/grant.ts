import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';

/** What a grant is about: one resource, and the customer's key it is encrypted with, if any. */
export interface GrantedResource {
  readonly arn: string;
  readonly encryptionKey?: IKey;
}

/**
 * Allows just these actions on just this resource. The library's own `grantXxx` of queues and tables give more
 * than we use (a sender may read attributes, a reader may scan), so we name our actions.
 */
export function allow(
  grantee: IGrantable,
  actions: readonly string[],
  resource: GrantedResource,
  conditions?: Record<string, Record<string, unknown>>,
): Grant {
  const grant = Grant.addToPrincipal({
    grantee,
    actions: [...actions],
    resourceArns: [resource.arn],
    ...(conditions && { conditions }),
  });
  const { encryptionKey } = resource;
  return encryptionKey ? grant.combine(encryptionKey.grantEncryptDecrypt(grantee)) : grant;
}
