// Names of topics: what Kafka allows, and two names that its metrics could not tell apart.

import { topicNameCharactersMax } from '../../limits.ts';

/** What is wrong with it; undefined when nothing is. */
export function faultOfTopicName(name: string): string | undefined {
  if (name === '') return 'the name of a topic must not be empty';
  if (name === '.' || name === '..') return `a topic must not be called '${name}'`;
  if (name.length > topicNameCharactersMax)
    return `the name has ${name.length} characters, ${topicNameCharactersMax} are allowed`;
  if (!/^[a-zA-Z0-9._-]+$/.test(name))
    return `'${name}' has characters other than ASCII letters, digits, '.', '_' and '-'`;
  return undefined;
}

/** Names that differ only in `.` and `_` have this in common; Kafka refuses the second of them. */
export function collisionKey(name: string): string {
  return name.replaceAll('.', '_');
}
