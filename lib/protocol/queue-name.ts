const fifoSuffix = '.fifo';

/**
 * The name a queue has in SQS: `.` becomes `-`, other ASCII punctuation but `-` and `_` becomes `_`, a final `.fifo`
 * is kept.
 *
 * @param prefix Celery's `queue_name_prefix`, translated with the name.
 * @see kombu.transport.SQS.Channel.entity_name
 */
export function sqsQueueName(name: string, prefix = ''): string {
  const full = prefix + name;
  if (full.endsWith(fifoSuffix)) return translate(full.slice(0, -fifoSuffix.length)) + fifoSuffix;
  return translate(full);
}

function translate(name: string): string {
  return name.replaceAll('.', '-').replace(/[!-,/:-@[-^`{-~]/g, '_');
}
