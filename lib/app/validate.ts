import type { SchemaIssue, StandardSchema } from './standard-schema.ts';

/**
 * What a schema makes of a value.
 *
 * @param name How the errors call the value: `args`, `kwargs`.
 * @throws TypeError that lists every issue with its path: `args[0]: expected a number`
 */
export async function validate<Output>(
  schema: StandardSchema<unknown, Output>,
  value: unknown,
  task: string,
  name: string,
): Promise<Output> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => `${pathOf(name, issue)}: ${issue.message}`);
  throw new TypeError(`${task}() got arguments its schema refuses: ${issues.join('; ')}`);
}

function pathOf(name: string, { path = [] }: SchemaIssue): string {
  const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
  return keys.reduce<string>(
    (text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`),
    name,
  );
}
