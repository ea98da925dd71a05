import { Stack, Stage } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';
import { ImproperlyConfigured } from '../../lib/errors.ts';

const taken = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Two queues of one name would be one queue, with two stacks that each think it theirs: CloudFormation finds out when it
 * deploys the second. Stacks of the same stage, account and region are looked at.
 *
 * @throws ImproperlyConfigured where another queue of this app has the name
 */
export function claimQueueName(queue: Construct, name: string): void {
  const { account, region } = Stack.of(queue);
  const place = `${Stage.of(queue)?.node.path} ${account} ${region} ${name}`;
  const names = taken.get(queue.node.root) ?? new Map<string, string>();
  const other = names.get(place);
  if (other !== undefined) {
    throw new ImproperlyConfigured(
      `${queue.node.path}: the queue name '${name}' is taken by ${other}, in the same account and region. ` +
        'Give one of them another queueName, or let CloudFormation make one up.',
    );
  }
  taken.set(queue.node.root, names.set(place, queue.node.path));
}
