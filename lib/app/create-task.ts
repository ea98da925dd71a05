import type { Sender } from '../canvas/index.ts';
import { type Callee, callMethods, callOf } from './call-methods.ts';
import type { Celery } from './celery.ts';
import { requestOfCall } from './request.ts';
import { runDirectly } from './self.ts';
import type { UntypedOptions } from './task.ts';
import type { TaskDefinition } from './task-definition.ts';

/** Marks tasks, whichever copy of this library made them. */
const definitionKey = Symbol.for('celery-aws.task-definition');

/**
 * The function that is a task. Its own `apply` and `call` stay JavaScript's, and its methods can be replaced, as
 * `vi.spyOn(add, 'delay')` does.
 *
 * @param home Asked at every use, since a shared task finds its application late.
 * @param known As `home`; undefined: it has not found it yet.
 */
export function createTask(
  definition: TaskDefinition,
  home: () => Celery,
  known: () => Celery | undefined = home,
): object {
  const callee: Callee = {
    name: definition.name,
    takesKeywords: definition.arguments.takesKeywords,
    defaults: {},
  };
  const task = (...args: readonly unknown[]) => callDirectly(home(), definition, args);
  Object.defineProperty(task, 'name', { value: definition.name, configurable: true });
  Object.defineProperty(task, definitionKey, { value: definition });
  const sender: Sender = {
    get linksErrbacksToHeaders() {
      return known()?.linksErrbacksToHeaders ?? false;
    },
    send: async (call) => home().send(call),
    apply: async (signature, application) => home().apply(signature, application),
    applyEagerly: async (signature, application) => home().applyEagerly(signature, application),
  };
  return Object.assign(task, callMethods(callee, sender), {
    runEagerly: async (args?: readonly unknown[], options?: UntypedOptions) =>
      home().runEagerly(callOf(callee, args, options)),
  });
}

/** The definition of a task; undefined for anything else. */
export function definitionOf(value: unknown): TaskDefinition | undefined {
  if (typeof value !== 'function') return undefined;
  return (value as { [definitionKey]?: TaskDefinition })[definitionKey];
}

function callDirectly(app: Celery, definition: TaskDefinition, args: readonly unknown[]): unknown {
  const { name, options, handler } = definition;
  const handlerArgs = definition.arguments.direct(args);
  return runDirectly(
    app,
    name,
    () => requestOfCall(app, name, args),
    (self) => (options.bind ? handler(self, ...handlerArgs) : handler(...handlerArgs)),
  );
}
