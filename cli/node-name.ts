/**
 * A worker's name as Celery's `--hostname` has it: `name@host`, with `%h` for this machine's host name, `%n` for its first
 * label and `%d` for the rest. A name without `@` is the host's.
 *
 * @see celery.utils.nodenames
 */
export function nodeName(format: string, hostname: string): string {
  const [label = '', ...domain] = hostname.split('.');
  const parts = new Map([
    ['%h', hostname],
    ['%n', label],
    ['%d', domain.join('.')],
  ]);
  const at = format.indexOf('@');
  const [name, host] = at < 0 ? ['', format] : [format.slice(0, at), format.slice(at + 1)];
  const full = `${name || 'celery'}@${host || hostname}`;
  return full.replace(/%[hnd]/g, (part) => parts.get(part) ?? part);
}
