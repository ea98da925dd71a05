import { ImproperlyConfigured } from '../errors.ts';
import { builtinTasks } from './builtin-tasks.ts';
import type { Celery } from './celery.ts';
import { definitionOf } from './create-task.ts';
import { AppTask } from './registered-task.ts';
import { bindShared, isShared } from './shared-task.ts';
import type { AnyTask } from './task.ts';
import type { TaskDefinition } from './task-definition.ts';

/** A shared task, or a module whose exports are looked through for them. */
export type TaskSource = AnyTask | Readonly<Record<string, unknown>>;

/** The tasks of one application. A Map: no name from the wire finds anything but a task. */
export class Registry {
  readonly tasks: Map<string, AppTask> = new Map();
  readonly #app: Celery;

  constructor(app: Celery) {
    this.#app = app;
    for (const definition of builtinTasks) this.add(definition);
  }

  /** @throws ImproperlyConfigured when another task has the name */
  add(definition: TaskDefinition): void {
    const { name } = definition;
    const known = this.tasks.get(name);
    if (known?.definition === definition) return;
    if (known) {
      throw new ImproperlyConfigured(
        `App '${this.#app.main}' has two tasks named '${name}': messages could not tell them apart, rename one`,
      );
    }
    this.tasks.set(name, new AppTask(this.#app, definition));
  }

  /** Binds shared tasks and whole modules of them. @throws ImproperlyConfigured for what is or holds no shared task */
  addSources(sources: readonly TaskSource[]): void {
    for (const [place, source] of sources.entries()) {
      const definitions = definitionsIn(source);
      if (definitions.length === 0) throw noTask(place, source);
      for (const definition of definitions) this.#addShared(definition);
    }
  }

  #addShared(definition: TaskDefinition): void {
    if (!isShared(definition)) {
      throw new ImproperlyConfigured(
        `Task '${definition.name}' belongs to another application, and app '${this.#app.main}' lists it in its tasks: ` +
          'write it with sharedTask instead of app.task',
      );
    }
    this.add(definition);
    bindShared(definition, this.#app);
  }
}

function definitionsIn(source: TaskSource): readonly TaskDefinition[] {
  const own = definitionOf(source);
  const definitions = own ? [own] : Object.values(Object(source)).map(definitionOf);
  return definitions.filter((definition) => definition !== undefined);
}

function noTask(place: number, source: unknown): ImproperlyConfigured {
  const got = source === null ? 'null' : typeof source;
  return new ImproperlyConfigured(
    `tasks[${place}] is no shared task and no module with one, but ${got}: ` +
      'list what sharedTask returned, or all of a module, import * as tasks from ...',
  );
}
