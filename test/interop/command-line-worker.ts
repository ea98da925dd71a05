import { type RunningCli, startCeleryAws } from '../support/celery-aws.ts';

/** What results call that worker, before the `@`. */
const name = 'typescript';

/** Starts `celery-aws worker` with the tasks of `tasks.ts` on one queue, whoever else receives from it. */
export function startCommandLineWorker(endpoints: string, queue: string): RunningCli {
  return startCeleryAws(
    [
      'worker',
      '-A',
      'test/interop/tasks.ts',
      '-Q',
      queue,
      '-c',
      '1',
      '--wait',
      '1',
      '-n',
      `${name}@%h`,
    ],
    { CELERY_ENDPOINTS: endpoints, RESULT_EXTENDED: '1', DEFAULT_QUEUE: queue },
  );
}
