// What IncrementalAlterConfigs makes of what is set (KIP-339).

import type { SettingType } from '../../broker/topics/setting-definitions.ts';
import { membersOf } from '../../broker/topics/topic-settings.ts';
import { TopicsError } from '../../broker/topics/topics-error.ts';
import type { AlterableConfig } from '../messages/incremental-alter-configs-request.ts';
import { configOperations as operations } from './config-entries.ts';

export type ConfigLookup = {
  /** Undefined where there is no configuration of that name. */
  readonly typeOf: (name: string) => SettingType | undefined;
  /** The text in force. */
  readonly textOf: (name: string) => string;
  /** What has such configurations. */
  readonly of: string;
};

/** Throws TopicsError. */
export function changedTexts(
  texts: Readonly<Record<string, string>>,
  configs: readonly AlterableConfig[],
  lookup: ConfigLookup,
): Readonly<Record<string, string | null>> {
  const changed: Record<string, string | null> = { ...texts };
  const seen = new Set<string>();
  for (const config of configs) {
    const { name, configOperation, value } = config;
    if (seen.has(name)) throw new TopicsError('INVALID_REQUEST', `the configuration ${name} is named twice`);
    seen.add(name);
    if (lookup.typeOf(name) === undefined)
      throw new TopicsError('INVALID_CONFIG', `there is no configuration '${name}' of ${lookup.of}`);
    if (configOperation === operations.remove) delete changed[name];
    else if (configOperation === operations.set) changed[name] = value;
    else changed[name] = changedList(config, lookup);
  }
  return changed;
}

function changedList({ name, configOperation, value }: AlterableConfig, lookup: ConfigLookup): string {
  const { append, subtract } = operations;
  const isList = lookup.typeOf(name) === 'list';
  if (!isList || value === null || (configOperation !== append && configOperation !== subtract))
    throw new TopicsError('INVALID_CONFIG', `operation ${configOperation} cannot be done with ${name}`);
  const [before, named] = [membersOf(lookup.textOf(name)), membersOf(value)];
  const members =
    configOperation === append
      ? [...before, ...named.filter((member) => !before.includes(member))]
      : before.filter((member) => !named.includes(member));
  return members.join(',');
}
