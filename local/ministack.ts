import { join } from 'node:path';
import type { EngineRecipe } from './engine.ts';
import { findPython, pythonEnvironment } from './python.ts';

/** The release this project is tested with. */
export const ministackVersion = '1.5.33';

/**
 * It takes messages for its functions in a thread of its own, past the loop that serves all others, and so gives one now and
 * then to a function and to another receiver of its queue alike, or loses one that is sent while another is deleted. Here
 * the loop does both.
 */
const startScript = `
import asyncio
from ministack import app
from ministack.services import sqs

def on_loop(function):
    def run(*arguments):
        async def call():
            return function(*arguments)
        return asyncio.run_coroutine_threadsafe(call(), app._MAIN_LOOP).result()
    return run

sqs._receive_messages_for_esm = on_loop(sqs._receive_messages_for_esm)
sqs._delete_messages_for_esm = on_loop(sqs._delete_messages_for_esm)
app.main()
`;

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
      command: [interpreter, '-c', startScript],
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
