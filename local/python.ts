import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { CommandFailed, EngineUnavailable } from './errors.ts';
import { runCommand } from './run-command.ts';

/** A Python interpreter of this machine. */
export interface Python {
  readonly program: string;
  /** As in `3.11`. */
  readonly version: string;
}

const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.14', 'python'];
const probe = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';

/** The first Python on the PATH, 3.11 or later, that can make environments; undefined when there is none. */
export async function findPython(): Promise<Python | undefined> {
  for (const program of candidates) {
    const version = await versionOf(program);
    if (version !== undefined && isRecentEnough(version)) return { program, version };
  }
  return undefined;
}

/** Whether a version such as `3.11` is at least 3.11. */
export function isRecentEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 11);
}

async function versionOf(program: string): Promise<string | undefined> {
  try {
    return (await runCommand(program, ['-c', probe])).trim();
  } catch (error) {
    // Not installed, or without venv (Debian packs it apart): not a candidate.
    if (error instanceof CommandFailed) return undefined;
    throw error;
  }
}

/**
 * A private Python environment with these packages, made on first use in the cache folder; answers its interpreter.
 * It is built aside and renamed into place, so that an interrupted or parallel installation never leaves half of one.
 *
 * @param name What the folder is called; change it whenever `packages` change.
 * @throws EngineUnavailable when pip cannot install them.
 */
export async function pythonEnvironment(
  python: Python,
  name: string,
  packages: readonly string[],
  report: (line: string) => void,
): Promise<string> {
  const home = join(cacheFolder(), `${name}-python${python.version}`);
  const interpreter = join(home, 'bin', 'python');
  if (existsSync(interpreter)) return interpreter;
  report(`Installing ${packages.join(' ')} into ${home} (once) ...`);
  const building = `${home}.${process.pid}`;
  await mkdir(cacheFolder(), { recursive: true });
  try {
    await install(python, building, packages);
    await renameUnlessThere(building, home);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return interpreter;
}

async function install(python: Python, home: string, packages: readonly string[]): Promise<void> {
  try {
    await runCommand(python.program, ['-m', 'venv', home]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
    await runCommand(join(home, 'bin', 'python'), pip);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EngineUnavailable(`Python packages could not be installed: ${reason}`, { cause });
  }
}

async function renameUnlessThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}
