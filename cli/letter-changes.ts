import type { LetterChanges } from '../lib/dead-letters/index.ts';
import { positiveInteger, UsageError } from './command.ts';
import { jsonList, jsonObject } from './json-option.ts';

/** The `--set` options as they were given. */
export type SetOptions = Partial<
  Record<
    'set-args' | 'set-kwargs' | 'set-headers' | 'set-task' | 'set-queue' | 'set-expires',
    string
  >
>;

/** What they ask for. @throws UsageError for what is empty, or no JSON of the kind that is expected */
export function letterChanges(values: SetOptions): LetterChanges {
  const {
    'set-args': args,
    'set-kwargs': kwargs,
    'set-headers': headers,
    'set-task': task,
    'set-queue': queue,
    'set-expires': expires,
  } = values;
  if (task === '' || queue === '') {
    throw new UsageError(`Option --set-${task === '' ? 'task' : 'queue'} expects a name`);
  }
  return {
    ...(args !== undefined && { args: jsonList(args, '--set-args') }),
    ...(kwargs !== undefined && { kwargs: jsonObject(kwargs, '--set-kwargs') }),
    ...(headers !== undefined && { headers: jsonObject(headers, '--set-headers') }),
    ...(task !== undefined && { task }),
    ...(queue !== undefined && { queue }),
    ...(expires !== undefined && { expires: positiveInteger(expires, '--set-expires') }),
  };
}
