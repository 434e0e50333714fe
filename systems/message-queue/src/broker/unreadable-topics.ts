// Topics with records in a blobs engine, of a broker that has none.

import type { Topics } from './topics/topics.ts';

/** What to tell the operator. */
export function unreadableTopics(topics: Topics): readonly string[] {
  const names = topics.all().flatMap(({ name, settings }) => (settings.remote === undefined ? [] : [name]));
  if (names.length === 0) return [];
  const some =
    names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');
  return [
    `old records of ${some} may be in a blobs engine, and none is configured (message-queue.engines.blobs): they cannot be read`,
  ];
}
