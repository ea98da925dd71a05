import { QueueNotFound } from '../errors.ts';

/** URLs of an application's queues, by Celery's name. */
export interface QueueUrls {
  readonly queues: ReadonlyMap<string, string>;
  /** Celery's name of a queue -> URL of its dead-letter queue. */
  readonly deadLetterQueues?: ReadonlyMap<string, string>;
  /** URL of the queue of control messages. */
  readonly controlQueue?: string;
}

/** Finds queues by name. Dead-letter and control queues are named as SQS names them, or by URL where a queue has that name. */
export class QueueDirectory {
  readonly names: readonly string[];
  readonly controlQueue: string | undefined;
  readonly #urls: Map<string, string>;
  readonly #deadLetterNames = new Map<string, string>();
  readonly #namesInSqs = new Map<string, string>();

  constructor({ queues, deadLetterQueues = new Map(), controlQueue }: QueueUrls) {
    this.names = [...queues.keys()];
    this.#urls = new Map(queues);
    for (const [queue, url] of deadLetterQueues) this.#deadLetterNames.set(queue, this.#add(url));
    this.controlQueue = controlQueue && this.#add(controlQueue);
    for (const [name, url] of [...this.#urls].reverse()) this.#namesInSqs.set(nameInSqs(url), name);
  }

  /** Answers the name under which `url` finds it. */
  #add(url: string): string {
    const name = nameInSqs(url);
    const taken = this.#urls.has(name) && this.#urls.get(name) !== url;
    this.#urls.set(taken ? url : name, url);
    return taken ? url : name;
  }

  /** @throws QueueNotFound */
  url(queue: string): string {
    const url = this.#urls.get(queue);
    if (url === undefined) throw new QueueNotFound(queue, this.names);
    return url;
  }

  deadLetterQueue(queue: string): string | undefined {
    return this.#deadLetterNames.get(queue);
  }

  /** Name of the queue with this ARN; the ARN's own last part when it is not one of ours. */
  nameOf(arn: string): string {
    const name = arn.slice(arn.lastIndexOf(':') + 1);
    return this.#namesInSqs.get(name) ?? name;
  }
}

function nameInSqs(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}
