/** What somebody needs to use a deployed application from another terminal. */
export interface NextSteps {
  /** Variables to export: endpoint, dummy credentials, region. */
  readonly environment: Readonly<Record<string, string>>;
  /** Value of CELERY_ENDPOINTS. */
  readonly endpoints: string;
  /** Celery's settings as Python source. */
  readonly pythonSettings: string;
  /** How `celery-aws` is started here. */
  readonly invocation: string;
}

/** The lines that end the demo: endpoints, Python settings, and how to send another task. */
export function nextSteps(steps: NextSteps): string {
  const { environment, endpoints, pythonSettings, invocation } = steps;
  return [
    'Python settings (celeryconfig.py):',
    '',
    pythonSettings,
    '',
    'Send another task, from another terminal:',
    '',
    `export ${assignments(environment)}`,
    `export CELERY_ENDPOINTS=${quote(endpoints)}`,
    `${invocation} call demo.add --args '[2, 3]'`,
    '',
    'The same from Python, with those variables and the settings above:',
    '',
    '>>> from celery import Celery',
    ">>> app = Celery(config_source='celeryconfig')",
    ">>> app.send_task('demo.add', [2, 3]).get(timeout=10)",
    '5',
  ].join('\n');
}

/** `NAME=value ...` as a shell takes them. */
export function assignments(variables: Readonly<Record<string, string>>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${quote(value)}`)
    .join(' ');
}

function quote(text: string): string {
  return /^[\w./:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
