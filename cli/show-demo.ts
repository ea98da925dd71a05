import { runDemo } from '../local/demo.ts';
import { MissingPackage } from '../local/typescript.ts';
import type { CommandContext } from './command.ts';

/**
 * Sends the demo's tasks to the engine that CELERY_ENDPOINTS names; answers whether each ended as expected.
 *
 * @throws MissingPackage where a library that the demo's tasks use is not installed.
 */
export async function showDemo({ output, signal }: CommandContext): Promise<boolean> {
  const { app, calls } = await loadDemo();
  const release = output.isTTY ? holdConsole() : () => {};
  try {
    return await runDemo({ calls, clock: app.clock, signal, output });
  } finally {
    await app.close();
    release();
  }
}

/** While the live table is shown, what tasks log waits: a line in between would tear the table. */
function holdConsole(): () => void {
  const { warn, error } = console;
  const held: unknown[][] = [];
  console.warn = console.error = (...words: unknown[]) => held.push(words);
  return () => {
    Object.assign(console, { warn, error });
    for (const words of held) error(...words);
  };
}

async function loadDemo() {
  try {
    const { app } = await import('../functions/demo-tasks.ts');
    const { demoCalls } = await import('../local/demo-calls.ts');
    return { app, calls: await demoCalls() };
  } catch (error) {
    throw missingLibrary(error) ?? error;
  }
}

/** The demo's own libraries are no dependencies of the package. */
function missingLibrary(error: unknown): MissingPackage | undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) {
    return undefined;
  }
  const [, name] = /Cannot find package '([^']+)'/.exec(error.message) ?? [];
  return name === undefined ? undefined : new MissingPackage('The demo', name);
}
