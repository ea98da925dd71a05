import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Celery } from '../lib/app/index.ts';
import { FileNotFound } from '../local/deploy.ts';
import { importModule } from '../local/typescript.ts';
import { UsageError } from './command.ts';

/**
 * The application in a user's module, TypeScript or JavaScript: its export `app`, or else the only `Celery` it exports.
 *
 * @throws FileNotFound, MissingPackage, UsageError when it exports none or several.
 */
export async function loadApp(file: string): Promise<Celery> {
  if (!existsSync(file)) throw new FileNotFound(file);
  const exported = exportsOf(await importModule(resolve(file)));
  if (isCelery(exported.app)) return exported.app;
  const apps = new Set(Object.values(exported).filter(isCelery));
  const [app] = apps;
  if (app !== undefined && apps.size === 1) return app;
  throw new UsageError(
    `${file} exports ${apps.size === 0 ? 'no' : String(apps.size)} Celery applications, expected one: ` +
      "export const app = new Celery('name')",
  );
}

/** What a CommonJS module exports comes as the default export. */
function exportsOf(module: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...(typeof module.default === 'object' ? module.default : {}), ...module };
}

/** By its shape: a CommonJS project may load a copy of the class of its own. */
function isCelery(value: unknown): value is Celery {
  const app = value as Partial<Celery> | null | undefined;
  return (
    typeof app === 'object' &&
    typeof app?.main === 'string' &&
    app.tasks instanceof Map &&
    typeof app.adapters === 'function'
  );
}
