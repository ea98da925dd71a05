const taskPrefix = 'celery-task-meta-';
const groupPrefix = 'celery-taskset-meta-';
const chordPrefix = 'chord-unlock-';

/**
 * Key of a task's result item. It looks as Python's `str()` of bytes does, `b'celery-task-meta-<id>'`, for that is
 * what Celery's DynamoDB backend makes of it.
 *
 * @param keyPrefix Celery's `global_keyprefix`; empty for none.
 * @see celery.backends.base.KeyValueStoreBackend.get_key_for_task
 */
export function taskItemKey(id: string, keyPrefix = ''): string {
  return bytesRepr(globalPrefix(keyPrefix) + taskPrefix + id);
}

/** Key of a saved group's item. As {@link taskItemKey}. */
export function groupItemKey(id: string, keyPrefix = ''): string {
  return bytesRepr(globalPrefix(keyPrefix) + groupPrefix + id);
}

/** Key of a chord's counter. As {@link taskItemKey}. */
export function chordItemKey(groupId: string, keyPrefix = ''): string {
  return bytesRepr(globalPrefix(keyPrefix) + chordPrefix + groupId);
}

/**
 * All keys of saved groups and chord counters, as patterns with `*` for any text: what producers may write of the
 * results table, and no more. A `global_keyprefix` may stand within, and Python's quotes may be of either kind.
 */
export const workflowKeyPatterns: readonly string[] = [groupPrefix, chordPrefix].map(
  (prefix) => `b*${prefix}*`,
);

/** The task whose result has this key; undefined for any other item. The reverse of {@link taskItemKey}. */
export function taskIdOfItemKey(key: string, keyPrefix = ''): string | undefined {
  const prefix = globalPrefix(keyPrefix) + taskPrefix;
  const text = textOfRepr(key);
  return text?.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/**
 * What DynamoDB takes as partition key, 2048 bytes, without what a `global_keyprefix` may need.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
 */
const maxKeyBytes = 2048 - 256;

/** Characters that fit whatever they are: each is at most three bytes, and each byte at most four characters of a repr. */
const alwaysFits = 128;

/** Whether the task's result can have an item at all: there are ids too long for a key. */
export function fitsItemKey(id: string): boolean {
  if (id.length <= alwaysFits) return true;
  // A repr is ASCII: its characters are its bytes.
  return taskItemKey(id).length <= maxKeyBytes;
}

/** @see celery.backends.base.KeyValueStoreBackend._add_global_keyprefix */
function globalPrefix(keyPrefix: string): string {
  return keyPrefix === '' || /[:_.-]$/.test(keyPrefix) ? keyPrefix : `${keyPrefix}_`;
}

/** What Python writes for these bytes instead of `\\xNN`, and back. */
const escapes = new Map([
  ['\t', 't'],
  ['\n', 'n'],
  ['\r', 'r'],
]);
const escaped = new Map([...escapes].map(([char, letter]) => [letter, char]));

/** Python's repr of the text's UTF-8 bytes; double quotes where only single ones occur inside. */
function bytesRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const shown = Buffer.from(text)
    .toString('latin1')
    .replace(/[^ -~]|['"\\]/g, (char) => {
      if (char === '\\' || char === quote) return `\\${char}`;
      if (char === '"' || char === "'") return char;
      return `\\${escapes.get(char) ?? `x${char.charCodeAt(0).toString(16).padStart(2, '0')}`}`;
    });
  return `b${quote}${shown}${quote}`;
}

function textOfRepr(repr: string): string | undefined {
  const shown = /^b(['"])([ -~]*)\1$/.exec(repr)?.[2];
  if (shown === undefined) return undefined;
  const bytes = shown.replace(/\\(?:x(..)|(.))/g, (_, hex?: string, letter = '') =>
    hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (escaped.get(letter) ?? letter),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
