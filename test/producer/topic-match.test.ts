import { expect, test } from 'vitest';
import { topicMatcher } from '../../lib/producer/topic-match.ts';

// Each answer is kombu 5.7.0's: TopicExchange(None)._match(TopicExchange(None).key_to_pattern(binding), key).
test.for([
  ['video.*', 'video.high', true],
  ['video.*', 'video', false],
  ['video.*', 'video.', false],
  ['video.*', 'video.high.now', false],
  ['*.high', 'video.high', true],
  ['*', 'video', true],
  ['*', 'video.high', false],
  ['video.#', 'video.high', true],
  ['video.#', 'video.high.now', true],
  ['video.#', 'video.', true],
  ['video.#', 'video', false],
  ['#', '', true],
  ['#', 'video.high', true],
  ['#.high', 'a.b.high', true],
  ['#.high', 'high', false],
  ['a.#.z', 'a.b.c.z', true],
  ['a.#.z', 'a.z', false],
  ['a*', 'ab', false],
  ['a+b', 'a+b', true],
  ['a+b', 'aab', false],
  ['video.high', 'video.high', true],
  ['video.high', 'video-high', false],
  ['news-eu.*', 'news-eu.paris', true],
  ['news-eu.*', 'news.eu.paris', false],
  ['a/b(c)[d]{e}|f^g$h\\i?', 'a/b(c)[d]{e}|f^g$h\\i?', true],
] as const)("binding key '%s' and routing key '%s': %s", ([binding, key, fits]) => {
  expect(topicMatcher(binding)(key)).toBe(fits);
});
