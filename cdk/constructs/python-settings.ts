/** What Python Celery needs to know of an application. */
export interface PythonSettings {
  readonly region: string;
  /** Name in SQS as kombu spells it -> URL. */
  readonly queues: ReadonlyMap<string, string>;
  /** Celery's own name of the default queue. */
  readonly defaultQueue: string;
  readonly resultTable: string;
  /** How long what Python stores (saved groups, results of its own workers) is kept. */
  readonly ttlSeconds: number;
  /** ARN of the SNS topic of Python's remote control, if there is one. */
  readonly controlTopic?: string;
  /** Name of a fanout exchange -> ARN of its SNS topic. @default none */
  readonly exchanges?: ReadonlyMap<string, string>;
}

/**
 * Celery's settings as Python source: a `celeryconfig.py`, or lines to paste into one.
 * `predefined_queues` spares kombu the rights to list and to create queues.
 */
export function pythonSettings(settings: PythonSettings): string {
  const { region, queues, defaultQueue, resultTable, ttlSeconds, controlTopic } = settings;
  const exchanges = new Map(settings.exchanges);
  if (controlTopic !== undefined) exchanges.set('celery.pidbox', controlTopic);
  const predefined = [...exchanges].map(([name, arn]) => `${quote(name)}: {'arn': ${quote(arn)}}`);
  const entries = [...queues].map(
    ([name, url]) => `        ${quote(name)}: {'url': ${quote(url)}},`,
  );
  return [
    `broker_url = 'sqs://'`,
    'broker_transport_options = {',
    `    'region': ${quote(region)},`,
    `    'predefined_queues': {`,
    ...entries,
    '    },',
    ...(predefined.length === 0
      ? []
      : [
          `    'supports_fanout': True,`,
          `    'predefined_exchanges': {${predefined.join(', ')}},`,
        ]),
    '}',
    `result_backend = ${quote(`dynamodb://@${region}/${resultTable}?ttl_seconds=${ttlSeconds}`)}`,
    `task_default_queue = ${quote(defaultQueue)}`,
  ].join('\n');
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
