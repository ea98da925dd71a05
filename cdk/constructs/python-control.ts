import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
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
}

/**
 * Python's remote control: the SNS topic that kombu publishes the exchange `celery.pidbox` to, with `supports_fanout`,
 * and the control queue subscribed to it.
 *
 * @see kombu.pidbox.Mailbox
 */
export class PythonControl extends Construct {
  readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: PythonControlProps) {
    super(scope, id);
    this.topic = props.topic ?? new Topic(this, 'Topic', { enforceSSL: true });
    this.topic.addSubscription(
      new SqsSubscription(props.control.queue, { rawMessageDelivery: true }),
    );
  }

  /** Lets `grantee` send commands: `sns:Publish`, and nothing else. */
  grantPublish(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sns:Publish'],
      resourceArns: [this.topic.topicArn],
    });
  }
}
