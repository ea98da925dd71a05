import type { Celery } from '../app/index.ts';
import type { Adapters, ResultWrite } from '../ports/index.ts';
import type { TaskMessage } from '../protocol/index.ts';

/**
 * The id under which one queue's copy of a task is kept, where an exchange gave the message to several queues: each copy
 * runs, is retried and is found finished by itself, though all have one task id. In whatever lane of the queue it lies.
 */
export function copyId(taskId: string, queue: string): string {
  return `${taskId}@${queue}`;
}

/** Whether an exchange gave the message to several queues: a fanout one, or a topic that finds more than one. */
export function isCopy(app: Celery, { fanout }: Adapters, { deliveryInfo }: TaskMessage): boolean {
  const { exchange, routingKey } = deliveryInfo;
  if (exchange === '') return false;
  return (
    app.router.isCopied(exchange, routingKey) || fanout?.exchanges().includes(exchange) === true
  );
}

/**
 * Stores a copy's end under the id that all copies share, for whoever waits for that: the first end stays. In Celery the
 * last one does. A death gives way to the end of a letter that was sent back.
 *
 * @throws OperationalError
 */
export async function storeShared(
  { results }: Pick<Adapters, 'results'>,
  sharedId: string,
  write: ResultWrite,
): Promise<void> {
  // A death stays with its generation, so that a letter that was sent back and succeeds is heard of here, too.
  const ofThisCopy = { retry: undefined, over: undefined, lease: undefined };
  await results.store({ ...write, ...ofThisCopy, taskId: sharedId });
}
