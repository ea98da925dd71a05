import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { PayloadKind, payloadLifetimes, payloadPrefix } from '../../lib/protocol/payload-keys.ts';
import { allow } from './grant.ts';

/** What can be chosen for the bucket of large payloads. */
export interface PayloadBucketProps {
  /**
   * What becomes of the bucket when it leaves the stack. CloudFormation deletes empty buckets only.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /**
   * A key of your own. Everyone who is granted something may then use the key.
   *
   * @default - S3's own keys, at no cost
   */
  readonly encryptionKey?: IKey;
}

/**
 * Where arguments and results lie that are too large for a message or an item: encrypted, private, TLS only. Everything in
 * it expires by the prefix of its key. It costs nothing while it is empty.
 */
export class PayloadBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, props: PayloadBucketProps = {}) {
    super(scope, id);
    const { encryptionKey, removalPolicy = RemovalPolicy.RETAIN } = props;
    this.bucket = new Bucket(this, 'Bucket', {
      encryption: encryptionKey ? BucketEncryption.KMS : BucketEncryption.S3_MANAGED,
      encryptionKey,
      // One request to the key for many objects.
      bucketKeyEnabled: encryptionKey ? true : undefined,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: Object.values(PayloadKind).flatMap(expiryOf),
      removalPolicy,
    });
  }

  /** Lets `grantee` put arguments away, and read and forget results, as producers do. */
  grantProduce(grantee: IGrantable): Grant {
    return this.grant(grantee, ['s3:PutObject'], PayloadKind.arguments).combine(
      this.grant(grantee, ['s3:GetObject', 's3:DeleteObject'], PayloadKind.results),
    );
  }

  /** Lets `grantee` read arguments, as whoever looks at messages does. */
  grantReadArguments(grantee: IGrantable): Grant {
    return this.grant(grantee, ['s3:GetObject'], PayloadKind.arguments);
  }

  /** Lets `grantee` read arguments and put away others, as whoever edits messages does. */
  grantEditArguments(grantee: IGrantable): Grant {
    return this.grant(grantee, ['s3:GetObject', 's3:PutObject'], PayloadKind.arguments);
  }

  /** Lets `grantee` read arguments and put results away, too, as workers do. */
  grantWork(grantee: IGrantable): Grant {
    return this.grantProduce(grantee)
      .combine(this.grantReadArguments(grantee))
      .combine(this.grant(grantee, ['s3:PutObject'], PayloadKind.results));
  }

  private grant(grantee: IGrantable, actions: readonly string[], kind: PayloadKind): Grant {
    const { encryptionKey } = this.bucket;
    return allow(grantee, actions, { arn: this.bucket.arnForObjects(`${kind}/*`), encryptionKey });
  }
}

function expiryOf(kind: PayloadKind): LifecycleRule[] {
  return payloadLifetimes.map((days) => ({
    id: `${kind}-${days}d`,
    prefix: payloadPrefix(kind, days),
    expiration: Duration.days(days),
  }));
}
