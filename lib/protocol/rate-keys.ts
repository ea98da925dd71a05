import { createHash } from 'node:crypto';

/** Key of a clock in the state table. The user's own key can be of any length and is personal at times: it is hashed. */
export function rateClockKey(task: string, key: string): string {
  const digest = key && createHash('sha256').update(key).digest('hex');
  return `rate#${taskPart(task)}#${digest}`;
}

/** Key of the rate that was set by command. */
export function rateChangeKey(task: string): string {
  return `rate-limit#${taskPart(task)}`;
}

/** DynamoDB takes keys of 2,048 bytes. */
function taskPart(task: string): string {
  return task.length < 500 ? task : createHash('sha256').update(task).digest('hex');
}
