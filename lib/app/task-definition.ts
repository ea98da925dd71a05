import { ImproperlyConfigured } from '../errors.ts';
import { checkOptions } from '../producer/index.ts';
import { arityOf } from './arity.ts';
import { type TaskArguments, taskArguments } from './task-arguments.ts';
import { type DefinitionOptions, retryKwargsForms, taskOptionForms } from './task-options.ts';

/** A handler, by the arguments that its options say it gets. */
export type TaskHandler = (...args: readonly unknown[]) => unknown;

/** A task as it was written: not yet part of an application. */
export interface TaskDefinition {
  readonly name: string;
  readonly options: DefinitionOptions;
  readonly arguments: TaskArguments;
  readonly handler: TaskHandler;
  /** It is called with the request and the error of a task that failed. */
  readonly isErrback?: boolean;
}

/** @throws ImproperlyConfigured for what cannot be a task, saying why */
export function defineTask(
  name: string,
  options: DefinitionOptions,
  handler: TaskHandler,
): TaskDefinition {
  if (typeof name !== 'string' || name === '') {
    throw new ImproperlyConfigured(
      `A task's name is a text such as 'shop.add', got ${typeof name}`,
    );
  }
  if (typeof handler !== 'function') {
    throw new ImproperlyConfigured(
      `Task '${name}' expects its function as the last argument, got ${typeof handler}`,
    );
  }
  checkOptions(options, taskOptionForms, 'task option', `task '${name}'`);
  checkOptions(
    options.retryKwargs ?? {},
    retryKwargsForms,
    'option',
    `retryKwargs of task '${name}'`,
  );
  refuseContradiction(name, options);
  const arity = arityOf(handler, options.bind ?? false);
  return { name, options, handler, arguments: taskArguments(name, options, arity) };
}

function refuseContradiction(name: string, { exactlyOnce, acksLate }: DefinitionOptions): void {
  if (exactlyOnce === undefined || acksLate !== false) return;
  throw new ImproperlyConfigured(
    `Task '${name}' has exactlyOnce: 'lease', which runs it again after a lost start, and acksLate: false, which never does: ` +
      'choose one of them',
  );
}
