// Whoever names the topic to which another one's dead letters go may write to it: else everyone could write to every topic, by
// way of one of their own.

import type { SettingTexts } from '../../broker/topics/topic-settings.ts';
import type { Access } from '../security/access.ts';

type Texts = Readonly<Record<string, string | null>>;

/** The topic that settings name for dead letters, and those from before did not. */
export function newDeadLetterTopic(texts: Texts, before: SettingTexts = {}): string | undefined {
  const name = texts['cairn.retry.dead.letter.topic'] ?? '';
  return name === '' || name === before['cairn.retry.dead.letter.topic'] ? undefined : name;
}

export async function mayLetterTo(name: string | undefined, access: Access): Promise<boolean> {
  return name === undefined || access.allows('topic', name, 'write');
}
