import { join } from 'node:path';
import type { EngineRecipe } from './engine.ts';
import { findPython, pythonEnvironment } from './python.ts';

/** The release this project is tested with. */
export const ministackVersion = '1.5.33';

/** ministack, where a Python is: an AWS in one Python process that runs Lambda functions as child processes. */
export const ministack: EngineRecipe = {
  name: `ministack ${ministackVersion}`,
  readyPath: '/_ministack/ready',
  readyWithinSeconds: 60,
  // It keeps nothing that is worth a graceful end.
  graceSeconds: 1,

  async prepare(report) {
    const python = await findPython();
    if (python === undefined) return undefined;
    const name = `ministack-${ministackVersion}`;
    const interpreter = await pythonEnvironment(
      python,
      name,
      [`ministack==${ministackVersion}`],
      report,
    );
    return (port, folder) => ({
      command: [interpreter, '-m', 'ministack'],
      env: {
        // Neither a service's settings nor the caller's own AWS configuration shall reach the engine.
        PATH: process.env.PATH,
        HOME: folder,
        TMPDIR: folder,
        S3_DATA_DIR: join(folder, 's3'),
        BIND_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        LOG_LEVEL: 'WARNING',
      },
    });
  },
};
