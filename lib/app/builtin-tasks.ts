import { NotRegistered } from '../errors.ts';
import type { WireSignature } from '../protocol/index.ts';
import type { Celery } from './celery.ts';
import type { Self } from './self.ts';
import { defineTask, type TaskDefinition } from './task-definition.ts';
import type { DefinitionOptions } from './task-options.ts';

type Arguments = readonly unknown[];
type Keywords = Readonly<Record<string, unknown>>;

/** Handlers of these get all that came, as `(self, args, kwargs)`. */
const anything: DefinitionOptions = { bind: true, params: ['*args', '**kwargs'] };

/**
 * The tasks that every worker of Celery has: those that canvas is made of.
 *
 * @see celery.app.builtins
 */
export const builtinTasks: readonly TaskDefinition[] = [
  builtin('celery.map', async ({ app }, args, kwargs) => {
    const [task, items] = mapped(args, kwargs);
    return await callEach(
      app,
      task,
      items.map((item) => [item]),
    );
  }),
  builtin('celery.starmap', async ({ app }, args, kwargs) => {
    const [task, items] = mapped(args, kwargs);
    return await callEach(app, task, items.map(list));
  }),
  builtin('celery.accumulate', (_, args, { index }) =>
    typeof index === 'number' ? (args.at(index) ?? null) : args,
  ),
  builtin('celery.chunks', async ({ app }, args, kwargs) => {
    const [task, it] = mapped(args, kwargs);
    const n = kwargs.n ?? args[2];
    const chunks = { task, it, n };
    return (await app.apply(signatureOf('celery.chunks', chunks, 'chunks'), {})).asTuple();
  }),
  builtin('celery.chord', async ({ app }, args, kwargs) => {
    const [header = kwargs.header, body = kwargs.body, front = kwargs.partial_args ?? []] = args;
    const chord = signatureOf('celery.chord', { header, body, kwargs: {} }, 'chord');
    await app.apply(chord, { args: list(front) });
  }),
  // Items of results end by their ttl: there is nothing to clean up.
  builtin('celery.backend_cleanup', () => null),
];

function builtin(
  name: string,
  run: (self: Self, args: Arguments, kwargs: Keywords) => unknown,
): TaskDefinition {
  return defineTask(name, anything, run as (...args: Arguments) => unknown);
}

/** `task` and `it`, by name or by place. */
function mapped(args: Arguments, kwargs: Keywords): [WireSignature, readonly unknown[]] {
  const [task = kwargs.task, it = kwargs.it] = args;
  return [task as WireSignature, list(it)];
}

/** One after another, as Python does. @see celery.canvas.Signature.__call__ */
async function callEach(
  app: Celery,
  { task: name, args, kwargs, immutable }: WireSignature,
  items: readonly Arguments[],
): Promise<unknown[]> {
  const task = app.tasks.get(name);
  if (!task) throw new NotRegistered(name);
  const values: unknown[] = [];
  for (const front of items) {
    const all = immutable ? args : [...front, ...args];
    values.push((await task.call(all, kwargs)) ?? null);
  }
  return values;
}

function signatureOf(task: string, kwargs: Keywords, subtask_type: string): WireSignature {
  return { task, args: [], kwargs, options: {}, subtask_type, immutable: false };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
