import { callOptionForms, encodeLinks, type TaskCall } from '../canvas/index.ts';
import { checkOptions, type PublishRequest, type UniqueOption } from '../producer/index.ts';
import type { AppTask } from './registered-task.ts';
import { currentContext } from './self.ts';
import type { Settings } from './settings.ts';

/** What an application puts where neither call nor task say anything. */
export interface PublishDefaults {
  /** undefined: the engine's. */
  readonly defaultQueue: string | undefined;
  readonly conf: Pick<Settings, 'taskSerializer' | 'taskCompression'>;
}

/**
 * What is to be published for a call: its options checked, then those of its task, then those of the settings.
 *
 * @throws ImproperlyConfigured for unknown options and values that do not fit
 */
export function publishRequest(
  call: TaskCall,
  task: AppTask | undefined,
  { defaultQueue, conf }: PublishDefaults,
): PublishRequest {
  const { link, linkError, ...options } = call.options;
  return {
    task: call.task,
    args: call.args,
    kwargs: call.kwargs,
    queue: options.queue ?? task?.definition.options.queue ?? defaultQueue,
    options: {
      ...options,
      expires: options.expires ?? task?.options.expires,
      unique: options.unique ?? uniqueOf(call, task),
      priority: options.priority ?? task?.options.priority,
      argsrepr: options.argsrepr ?? task?.options.argsrepr,
      kwargsrepr: options.kwargsrepr ?? task?.options.kwargsrepr,
      serializer: options.serializer ?? task?.options.serializer ?? conf.taskSerializer,
      compression:
        options.compression ?? task?.options.compression ?? conf.taskCompression ?? undefined,
    },
    callbacks: encodeLinks(link),
    errbacks: encodeLinks(linkError),
    ignoreResult: options.ignoreResult ?? task?.options.ignoreResult ?? null,
    parent: currentContext()?.request,
  };
}

function uniqueOf({ args, kwargs }: TaskCall, task: AppTask | undefined): UniqueOption | undefined {
  const unique = task?.definition.options.unique;
  if (!unique) return undefined;
  const key = typeof unique.key === 'string' ? unique.key : unique.key(args, kwargs);
  const option = { key, ttl: unique.ttl };
  checkOptions({ unique: option }, callOptionForms, 'task option', `task '${task.name}'`);
  return option;
}

/** Checks a call all by itself. @throws ImproperlyConfigured, or TypeError by the task's schemas */
export async function checkCall(call: TaskCall, task: AppTask | undefined): Promise<void> {
  checkOptions(call.options, callOptionForms, 'call option', `a call of '${call.task}'`);
  const check = task?.definition.arguments.check;
  if (check) await check(call);
}
