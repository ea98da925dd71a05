const wildcards: ReadonlyMap<string, string> = new Map([
  ['*', '[^.]+'],
  ['#', '.*?'],
]);

/**
 * Whether a routing key fits a topic's binding key: words between dots, `*` for any one of them, `#` for any text. As in
 * kombu, whose `#` between dots stands for a word at least, though perhaps an empty one.
 *
 * @see kombu.transport.virtual.exchange.TopicExchange.key_to_pattern
 */
export function topicMatcher(bindingKey: string): (routingKey: string) => boolean {
  const words = bindingKey.split('.').map((word) => wildcards.get(word) ?? escapeRegex(word));
  const pattern = new RegExp(`^${words.join('\\.')}$`, 'u');
  return (routingKey) => pattern.test(routingKey);
}

/** A regular expression of a text that stands for itself, outside of brackets: there alone a hyphen is special. */
export function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
