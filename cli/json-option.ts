import { DecodeError } from '../lib/errors.ts';
import { parseJson } from '../lib/protocol/index.ts';
import { UsageError } from './command.ts';

/** An option's value as a list, of Celery's JSON: `[2, {"__type__": "decimal", "__value__": "0.1"}]`. @throws UsageError */
export function jsonList(text: string, option: string): readonly unknown[] {
  const value = json(text, option);
  if (Array.isArray(value)) return value;
  throw new UsageError(`Option ${option} is ${text}, expected a JSON list such as '[2, 3]'`);
}

/** An option's value as an object. @throws UsageError */
export function jsonObject(text: string, option: string): Record<string, unknown> {
  const value = json(text, option);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UsageError(`Option ${option} is ${text}, expected a JSON object such as '{"x": 2}'`);
}

function json(text: string, option: string): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new UsageError(`Option ${option} is ${text}, expected JSON`, { cause });
  }
}
