import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { allow } from './grant.ts';
import { snsKey } from './sns-key.ts';
import type { TaskQueue } from './task-queue.ts';

/** Properties of `PythonControl`. */
export interface PythonControlProps {
  /** Where commands go. */
  readonly control: TaskQueue;
  /**
   * The topic that Python publishes to.
   *
   * @default - one of its own
   */
  readonly topic?: ITopic;
  /**
   * A key of your own for a topic of its own. Everyone who is granted something may then use the key.
   *
   * @default - SNS's own key, which everyone in the account may use who may publish
   */
  readonly encryptionKey?: IKey;
}

/**
 * Python's remote control: the SNS topic that kombu publishes the exchange `celery.pidbox` to, with `supports_fanout`,
 * and the control queue subscribed to it.
 *
 * @see kombu.pidbox.Mailbox
 */
export class PythonControl extends Construct {
  readonly topic: ITopic;
  readonly #encryptionKey: IKey | undefined;

  constructor(scope: Construct, id: string, props: PythonControlProps) {
    super(scope, id);
    const { encryptionKey } = props;
    this.#encryptionKey = encryptionKey;
    this.topic =
      props.topic ??
      new Topic(this, 'Topic', { enforceSSL: true, masterKey: encryptionKey ?? snsKey(this) });
    this.topic.addSubscription(
      new SqsSubscription(props.control.queue, { rawMessageDelivery: true }),
    );
  }

  /** Lets `grantee` send commands: `sns:Publish`, and nothing else. */
  grantPublish(grantee: IGrantable): Grant {
    const encryptionKey = this.#encryptionKey;
    return allow(grantee, ['sns:Publish'], { arn: this.topic.topicArn, encryptionKey });
  }
}
