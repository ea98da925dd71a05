import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { runCli } from '../../cli/run-cli.ts';

/** Runs a command line and answers its exit code and all it printed. */
async function celeryAws(...argv: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const code = await runCli(argv, {
    stdout: {
      write(text) {
        stdout += text;
      },
    },
    stderr: {
      write(text) {
        stderr += text;
      },
    },
  });
  return { code, stdout, stderr };
}

describe('celery-aws', () => {
  test('without a command, shows them all and fails', async () => {
    const { code, stdout } = await celeryAws();

    expect(code).toBe(2);
    for (const name of ['local', 'demo', 'deploy', 'dev', 'worker', 'call', 'dead-letters']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
  });

  test.for(['help', '--help', '-h'])('%s shows the same and is well', async (word) => {
    expect(await celeryAws(word)).toMatchObject({ code: 0, stderr: '' });
  });

  test.for(['--version', '-V'])('%s tells the version', async (word) => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

    expect(await celeryAws(word)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.for([['list'], ['retry']])(
    'dead-letters %s without endpoints says so, and counts nothing',
    async ([verb = '']) => {
      vi.stubEnv('CELERY_ENDPOINTS', undefined);

      const { code, stderr } = await celeryAws('dead-letters', verb);
      vi.unstubAllEnvs();

      expect(code).toBe(1);
      expect(stderr).toContain('CELERY_ENDPOINTS');
      expect(stderr).not.toContain('letters');
    },
  );

  test.for([
    ['--set-task', '', 'expects a name'],
    ['--set-expires', 'soon', '--set-expires'],
  ])('dead-letters edit refuses %s %j', async ([option = '', value = '', says = '']) => {
    const { code, stderr } = await celeryAws('dead-letters', 'edit', option, value);

    expect(code).toBe(2);
    expect(stderr).toContain(says);
  });

  test('an unknown command is named', async () => {
    const { code, stderr } = await celeryAws('dploy');

    expect(code).toBe(2);
    expect(stderr).toContain("There is no command 'dploy'.");
  });

  test('every command explains itself', async () => {
    const { code, stdout } = await celeryAws('worker', '--help');

    expect(code).toBe(0);
    expect(stdout).toContain('Usage: celery-aws worker -A FILE');
    expect(stdout).toContain('-Q, --queues');
  });

  test.for([
    [['deploy'], 'FILE, the CDK app, is missing'],
    [['deploy', 'a.ts', 'b.ts'], "Unexpected argument 'b.ts'"],
    [['local', '--twice'], "Unknown option '--twice'"],
    [['local', 'me'], "Unexpected argument 'me'"],
    [['worker'], 'Option -A FILE is missing'],
    [
      ['worker', '-A', 'a.ts', '-c', 'many'],
      "Option --concurrency is 'many', expected a whole number",
    ],
    [['dead-letters'], 'What to do (list, retry, edit or drop) is missing'],
    [['dead-letters', 'purge'], "There is no 'dead-letters purge', but: list, retry, edit, drop"],
    [['dead-letters', 'edit', '--yes'], 'edit needs one of --set-args, --set-kwargs'],
    [['dead-letters', 'retry', '--set-task', 'a'], 'Options --set-... are for edit'],
    [['dead-letters', 'list', '--limit', '0'], "Option --limit is '0', expected a whole number"],
    [['call'], "TASK, the task's name, is missing"],
    [['call', 'a', '--args', '{}'], 'Option --args is {}, expected a JSON list'],
    [['call', 'a', '--args', '[1'], 'Option --args is [1, expected JSON'],
    [['call', 'a', '--kwargs', '[]'], 'Option --kwargs is [], expected a JSON object'],
  ] as const)('%j is a mistake that help follows', async ([argv, message]) => {
    const { code, stdout, stderr } = await celeryAws(...argv);

    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toContain(`Usage: celery-aws ${argv[0]}`);
    expect(stderr).not.toMatch(/^ +at /m);
  });

  test('deploy without a local AWS says how to get one, and touches no account', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', '');

    const { code, stderr } = await celeryAws('deploy', 'cdk/app.ts').finally(vi.unstubAllEnvs);

    expect(code).toBe(2);
    expect(stderr).toContain('AWS_ENDPOINT_URL is not set');
    expect(stderr).toContain('celery-aws local');
  });

  test('deploy refuses AWS itself', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'https://sqs.eu-west-1.amazonaws.com');

    const { code, stderr } = await celeryAws('deploy', 'cdk/app.ts').finally(vi.unstubAllEnvs);

    expect(code).toBe(1);
    expect(stderr).toContain('is AWS itself');
  });

  test('a missing file is an error without a stack trace', async () => {
    const { code, stderr } = await celeryAws('worker', '-A', 'no/such/tasks.ts');

    expect(code).toBe(1);
    expect(stderr).toMatch(/^There is no file \/.*no\/such\/tasks\.ts\n$/);
  });
});
