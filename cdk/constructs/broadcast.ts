import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnTopic, type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { ImproperlyConfigured } from '../../lib/errors.ts';
import { sqsQueueName } from '../../lib/protocol/queue-name.ts';
import { maxMessageBytes } from '../../lib/protocol/sqs-limits.ts';
import { allow } from './grant.ts';
import { isFifoName } from './queue-names.ts';
import { snsKey } from './sns-key.ts';
import type { TaskQueue } from './task-queue.ts';

/** Properties of a `Broadcast`. */
export interface BroadcastProps {
  /** The exchange's name, as calls and Python's `Broadcast(name)` have it. One that ends in `.fifo` makes a FIFO topic. */
  readonly name: string;
  /** The queues that get a copy of each message: at most 100. Of a queue with lanes it is the lowest. */
  readonly queues: readonly TaskQueue[];
  /**
   * The topic's name in SNS, translated as kombu does: the exchange's own, and Python finds the topic without being told.
   *
   * @default - CloudFormation makes one up; the printed Python settings tell it
   */
  readonly topicName?: string;
  /**
   * A topic that is there.
   *
   * @default - one of its own, for messages of up to 1 MiB
   */
  readonly topic?: ITopic;
  /**
   * A key of your own. Everyone who is granted something may then use the key.
   *
   * @default - SNS's own key, which everyone in the account may use who may publish
   */
  readonly encryptionKey?: IKey;
}

/** SNS takes no more for a topic whose messages may be larger than 256 KiB. */
const mostQueues = 100;

/**
 * A fanout exchange: an SNS topic that gives a copy of each message to every queue, raw, as kombu reads it.
 *
 * @see kombu.common.Broadcast, kombu.transport.SQS.SNS
 */
export class Broadcast extends Construct {
  /** The exchange's name. */
  readonly name: string;
  readonly topic: ITopic;
  readonly queues: readonly TaskQueue[];
  readonly #encryptionKey: IKey | undefined;

  /** @throws ImproperlyConfigured for queues that such a topic cannot serve */
  constructor(scope: Construct, id: string, props: BroadcastProps) {
    super(scope, id);
    checkQueues(this.node.path, props);
    this.name = props.name;
    this.queues = props.queues;
    this.#encryptionKey = props.encryptionKey;
    this.topic = props.topic ?? this.createTopic(props);
    for (const { queue } of props.queues) {
      this.topic.addSubscription(new SqsSubscription(queue, { rawMessageDelivery: true }));
    }
  }

  /** Lets `grantee` send to all of its queues: `sns:Publish`, and nothing else. */
  grantPublish(grantee: IGrantable): Grant {
    const encryptionKey = this.#encryptionKey;
    return allow(grantee, ['sns:Publish'], { arn: this.topic.topicArn, encryptionKey });
  }

  private createTopic({ name, topicName, encryptionKey }: BroadcastProps): Topic {
    const topic = new Topic(this, 'Topic', {
      topicName: topicName === undefined ? undefined : sqsQueueName(topicName),
      fifo: isFifoName(name) || undefined,
      masterKey: encryptionKey ?? snsKey(this),
      enforceSSL: true,
    });
    // As much as a queue takes: else what fits a queue is refused by the topic.
    const { defaultChild } = topic.node;
    if (defaultChild instanceof CfnTopic) {
      defaultChild.addPropertyOverride('MaximumMessageSize', sizeFor(process.env.AWS_ENDPOINT_URL));
    }
    return topic;
  }
}

/** LocalStack hands the number on to SNS as it stands in the template, and SNS takes attributes as texts. */
function sizeFor(localEngine: string | undefined): number | string {
  return localEngine ? String(maxMessageBytes) : maxMessageBytes;
}

function checkQueues(path: string, { name, queues, topic, topicName }: BroadcastProps): void {
  const refuse = (what: string): never => {
    throw new ImproperlyConfigured(`${path}: ${what}`);
  };
  const fifo = isFifoName(name);
  const other = queues.find((queue) => queue.fifo !== fifo);
  if (other !== undefined) {
    refuse(
      `exchange '${name}' ${fifo ? 'is FIFO' : 'is not FIFO'} and queue '${other.name}' ${other.fifo ? 'is' : 'is not'}: a FIFO topic ` +
        "keeps order for FIFO queues, and no other topic serves those. Let all of the names end in '.fifo', or none.",
    );
  }
  if (queues.length > mostQueues) {
    refuse(
      `exchange '${name}' has ${queues.length} queues, at most ${mostQueues} are taken. Split it.`,
    );
  }
  if (topic && topicName !== undefined) {
    refuse(`exchange '${name}' has both a topic and a topicName. Leave out one of the two.`);
  }
}
