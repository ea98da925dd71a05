import { createSignature, type Sender, type Signature } from '../canvas/index.ts';
import { ImproperlyConfigured } from '../errors.ts';
import { callOf, type SignatureOptions } from './call-methods.ts';
import type { Celery } from './celery.ts';
import { createTask } from './create-task.ts';
import { AppTask } from './registered-task.ts';
import { currentTask } from './self.ts';
import type { DefineTask } from './task.ts';
import { defineTask, type TaskDefinition, type TaskHandler } from './task-definition.ts';
import type { DefinitionOptions } from './task-options.ts';

/** The application that each shared task was given to last. */
const homes = new WeakMap<TaskDefinition, Celery>();

/** Shared tasks, by their definitions: only they can be given to an application. */
const sharedDefinitions = new WeakSet<TaskDefinition>();

/**
 * A task that belongs to no application yet: `new Celery('shop', { tasks: [add] })` binds it, and so does listing its
 * whole module. Inside a task it belongs to the application that runs.
 *
 * @throws ImproperlyConfigured when used unbound
 * @see celery.shared_task
 */
export const sharedTask: DefineTask = ((
  name: string,
  ...rest: [TaskHandler] | [DefinitionOptions, TaskHandler]
) => {
  const [options, handler] = rest.length === 1 ? [{}, rest[0]] : rest;
  const definition = defineTask(name, options, handler);
  sharedDefinitions.add(definition);
  return createTask(
    definition,
    () => homeOf(definition),
    () => homes.get(definition),
  );
}) as DefineTask;

/** Whether a task may be given to any application. */
export function isShared(definition: TaskDefinition): boolean {
  return sharedDefinitions.has(definition);
}

/** Gives a shared task to an application. */
export function bindShared(definition: TaskDefinition, app: Celery): void {
  homes.set(definition, app);
}

/**
 * A call of a task by name, as a value. It needs no application while it is a link or part of a batch; to send itself
 * it must stand inside a task. `app.signature` makes one that can always be sent.
 *
 * @see celery.canvas.signature
 */
export function signature(
  name: string,
  args: readonly unknown[] = [],
  options: SignatureOptions = {},
): Signature<readonly unknown[], unknown> {
  const { immutable = false, ...call } = options;
  const callee = { name, takesKeywords: false, defaults: {} };
  return createSignature(runningSender, { ...callOf(callee, args, call), immutable });
}

const runningSender: Sender = {
  async send(call) {
    return await runningApp(call.task).send(call);
  },
  async apply(signature, application) {
    return await runningApp(signature.task).apply(signature, application);
  },
  async applyEagerly(signature, application) {
    return await runningApp(signature.task).applyEagerly(signature, application);
  },
};

function runningApp(task: string): Celery {
  const running = currentTask();
  if (running) return running.app;
  throw new ImproperlyConfigured(
    `signature('${task}') belongs to no application: use app.signature('${task}', ...), or app.sendBatch([...])`,
  );
}

function homeOf(definition: TaskDefinition): Celery {
  const running = currentTask()?.app;
  const registered = running?.tasks.get(definition.name);
  if (running && registered instanceof AppTask && registered.definition === definition)
    return running;
  const home = homes.get(definition);
  if (home) return home;
  throw new ImproperlyConfigured(
    `sharedTask '${definition.name}' belongs to no application yet: give it to one, ` +
      'new Celery(name, { tasks: [it, or its whole module] })',
  );
}
