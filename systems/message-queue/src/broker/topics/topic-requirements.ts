// What a request about topics has to keep to; each throws TopicsError with Kafka's code.

import { faultOfRemoteSettings } from './remote-settings.ts';
import { isSettingName } from './setting-definitions.ts';
import { faultOfTopicName } from './topic-name.ts';
import { faultOfSetting, type SettingTexts } from './topic-settings.ts';
import { TopicsError } from './topics-error.ts';

export function requireTopicName(name: string): void {
  const fault = faultOfTopicName(name);
  if (fault !== undefined) throw new TopicsError('INVALID_TOPIC_EXCEPTION', fault);
}

export function requirePartitions(count: number): void {
  if (count >= 1) return;
  throw new TopicsError('INVALID_PARTITIONS', `a topic has at least one partition, not ${count}`);
}

/** Of settings that are right each by itself: that they go together, and may follow those from before. */
export function requireTogether(change: Parameters<typeof faultOfRemoteSettings>[0]): SettingTexts {
  const fault = faultOfRemoteSettings(change);
  if (fault !== undefined) throw new TopicsError('INVALID_CONFIG', fault);
  return change.texts;
}

export function requireSettings(texts: Readonly<Record<string, string | null>>): SettingTexts {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(texts)) {
    const fault = faultOfSetting(name, value);
    if (fault !== undefined || !isSettingName(name) || value === null)
      throw new TopicsError('INVALID_CONFIG', fault ?? `the configuration ${name} has no value`);
    checked[name] = value;
  }
  return checked;
}
