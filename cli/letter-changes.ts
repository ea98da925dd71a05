import type { LetterChanges } from '../lib/dead-letters/index.ts';
import { jsonList, jsonObject } from './json-option.ts';

/** The `--set` options as they were given. */
export type SetOptions = Partial<
  Record<'set-args' | 'set-kwargs' | 'set-headers' | 'set-task' | 'set-queue', string>
>;

/** What they ask for. @throws UsageError for what is no JSON of the kind that is expected */
export function letterChanges(values: SetOptions): LetterChanges {
  const {
    'set-args': args,
    'set-kwargs': kwargs,
    'set-headers': headers,
    'set-task': task,
    'set-queue': queue,
  } = values;
  return {
    ...(args !== undefined && { args: jsonList(args, '--set-args') }),
    ...(kwargs !== undefined && { kwargs: jsonObject(kwargs, '--set-kwargs') }),
    ...(headers !== undefined && { headers: jsonObject(headers, '--set-headers') }),
    ...(task !== undefined && { task }),
    ...(queue !== undefined && { queue }),
  };
}
