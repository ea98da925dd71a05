import { type CanvasCall, callOptionForms, encodeLinks, type TaskCall } from '../canvas/index.ts';
import { ImproperlyConfigured } from '../errors.ts';
import {
  checkOptions,
  type ParentTask,
  type PublishOptions,
  type PublishRequest,
  type Router,
  type UniqueOption,
} from '../producer/index.ts';
import { routeCall } from './call-route.ts';
import type { NamedRequest } from './publish-through.ts';
import type { AppTask } from './registered-task.ts';
import { currentContext } from './self.ts';
import type { Settings } from './settings.ts';

/** What an application puts where neither call nor task say anything. */
export interface PublishDefaults {
  readonly router: Router;
  readonly conf: Pick<
    Settings,
    | 'taskSerializer'
    | 'taskCompression'
    | 'taskDefaultPriority'
    | 'taskInheritParentPriority'
    | 'resultExpires'
  >;
}

/** Each option by name: what is spread instead takes several times as long, and this is done for every call. */
type EveryOption = { [Name in keyof Required<PublishOptions>]: PublishOptions[Name] };

/**
 * What is to be published for a call: its options checked, then those of its task, of its route, and of the settings.
 *
 * @throws ImproperlyConfigured for unknown options and values that do not fit
 */
export function publishRequest(
  call: TaskCall,
  task: AppTask | undefined,
  { router, conf }: PublishDefaults,
  parent: ParentTask | undefined = currentContext()?.request,
): NamedRequest {
  const { options } = call;
  const own = task?.definition.options;
  const { destination, route } = routeCall(call, options, task, router);
  const inherited = conf.taskInheritParentPriority ? parent?.deliveryInfo?.priority : undefined;
  return {
    task: call.task,
    args: call.args,
    kwargs: call.kwargs,
    queue: destination.queue,
    exchange: destination.exchange,
    maxPriority: router.maxPriority(destination.queue),
    taskId: options.taskId ?? '',
    options: {
      countdown: options.countdown,
      eta: options.eta,
      queue: options.queue,
      exchange: options.exchange,
      routingKey: options.routingKey,
      taskId: options.taskId,
      headers: options.headers,
      ignoreResult: options.ignoreResult,
      shadow: options.shadow,
      timeLimit: options.timeLimit,
      softTimeLimit: options.softTimeLimit,
      messageGroupId: options.messageGroupId,
      messageDeduplicationId: options.messageDeduplicationId,
      replyTo: options.replyTo,
      rootId: options.rootId,
      parentId: options.parentId,
      retries: options.retries,
      expires: options.expires ?? task?.options.expires,
      unique: options.unique ?? uniqueOf(call, task),
      priority:
        options.priority ??
        own?.priority ??
        route?.priority ??
        inherited ??
        conf.taskDefaultPriority ??
        undefined,
      fairnessKey: options.fairnessKey ?? fairnessKeyOf(call, task) ?? route?.fairnessKey,
      argsrepr: options.argsrepr ?? task?.options.argsrepr,
      kwargsrepr: options.kwargsrepr ?? task?.options.kwargsrepr,
      serializer: options.serializer ?? own?.serializer ?? route?.serializer ?? conf.taskSerializer,
      compression:
        options.compression ??
        own?.compression ??
        route?.compression ??
        conf.taskCompression ??
        undefined,
    } satisfies EveryOption,
    callbacks: encodeLinks(options.link),
    errbacks: encodeLinks(options.linkError),
    ignoreResult: options.ignoreResult ?? task?.options.ignoreResult ?? null,
    parent,
  };
}

/** A call of a canvas: its id is settled, so it is nobody else's, and `unique` does not count. */
export function canvasRequest(
  call: CanvasCall,
  task: AppTask | undefined,
  defaults: PublishDefaults,
  parent: ParentTask | undefined,
): NamedRequest {
  const { options, ...request } = publishRequest(call, task, defaults, parent);
  const { canvas } = call;
  return { ...request, options: { ...options, unique: undefined }, canvas };
}

function uniqueOf({ args, kwargs }: TaskCall, task: AppTask | undefined): UniqueOption | undefined {
  const unique = task?.definition.options.unique;
  if (!unique) return undefined;
  const key = typeof unique.key === 'string' ? unique.key : unique.key(args, kwargs);
  const option = { key, ttl: unique.ttl };
  checkOptions({ unique: option }, callOptionForms, 'task option', `task '${task.name}'`);
  return option;
}

/**
 * Callers who come while a unique call's key is taken are given the result of its task, which must be there.
 *
 * @throws ImproperlyConfigured
 */
export function checkUnique(
  { task, options: { unique }, ignoreResult }: PublishRequest,
  { resultExpires }: PublishDefaults['conf'],
): void {
  if (!unique || ignoreResult === true || resultExpires === null) return;
  const { key, ttl } = unique;
  if (ttl <= resultExpires) return;
  throw new ImproperlyConfigured(
    `A call of ${task} is unique by the key '${key}' for ${ttl} seconds (ttl), but its result is gone after ${resultExpires} ` +
      '(setting resultExpires), and later callers would wait for it for ever. Lower ttl, raise resultExpires, or ignore the result.',
  );
}

function fairnessKeyOf({ args, kwargs }: TaskCall, task: AppTask | undefined): string | undefined {
  const key = task?.definition.options.fairnessKey;
  if (typeof key !== 'function') return key;
  const fairnessKey = key(args, kwargs);
  checkOptions({ fairnessKey }, callOptionForms, 'task option', `task '${task?.name}'`);
  return fairnessKey;
}

/** Checks a call all by itself. @throws ImproperlyConfigured, or TypeError by the task's schemas */
export async function checkCall(call: TaskCall, task: AppTask | undefined): Promise<void> {
  checkCallOptions(call);
  await task?.definition.arguments.check?.(call);
}

/** As {@link checkCall}, of many; schemas are asked only where there are any. */
export async function checkCalls(
  calls: readonly TaskCall[],
  tasks: ReadonlyMap<string, AppTask>,
): Promise<void> {
  for (const call of calls) checkCallOptions(call);
  const checks: Promise<void>[] = [];
  for (const call of calls) {
    const check = tasks.get(call.task)?.definition.arguments.check;
    if (check) checks.push(check(call));
  }
  if (checks.length > 0) await Promise.all(checks);
}

function checkCallOptions({ task, options }: TaskCall): void {
  checkOptions(options, callOptionForms, 'call option', `a call of '${task}'`);
}
