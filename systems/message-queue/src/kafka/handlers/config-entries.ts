// Configurations as DescribeConfigs shows them: value, where it is from, what else could have been it.

import {
  definitionOf,
  isSettingName,
  type SettingName,
  type SettingType,
  settingNames,
} from '../../broker/topics/setting-definitions.ts';
import { type SettingTexts, textOf } from '../../broker/topics/topic-settings.ts';
import {
  type GroupConfigTexts,
  groupConfigDefault,
  groupConfigDefinition,
  groupConfigNames,
  isGroupConfigName,
} from '../../groups/configs/group-config-definitions.ts';
import type { GroupSettings } from '../../groups/group-settings.ts';
import type {
  DescribeConfigsResourceResult,
  DescribeConfigsSynonym,
} from '../messages/describe-configs-response.ts';
import type { BrokerSetting } from './broker-settings.ts';

/** As Kafka's protocol numbers where a value is from. */
const configSources = { topic: 1, broker: 4, default: 5, group: 8 } as const;

/** As Kafka's protocol numbers what is done with a configuration. */
export const configOperations = { set: 0, remove: 1, append: 2, subtract: 3 } as const;

/** As Kafka's protocol numbers types. */
const typeCodes = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 } as const satisfies Record<
  SettingType,
  number
>;

export type DescribeOptions = {
  /** Null wants all. */
  readonly keys: readonly string[] | null;
  readonly includeSynonyms: boolean;
  readonly includeDocumentation: boolean;
};

export function sourceOf(name: SettingName, texts: SettingTexts, defaults: SettingTexts): number {
  if (texts[name] !== undefined) return configSources.topic;
  return defaults[name] === undefined ? configSources.default : configSources.broker;
}

export function topicEntries(
  texts: SettingTexts,
  { defaults, ...options }: DescribeOptions & { readonly defaults: SettingTexts },
): readonly DescribeConfigsResourceResult[] {
  return wantedNames(options).map((name) => ({
    name,
    value: textOf(name, texts, defaults),
    readOnly: false,
    configSource: sourceOf(name, texts, defaults),
    isSensitive: false,
    synonyms: options.includeSynonyms ? synonymsOf(name, texts, defaults) : [],
    ...explained(name, options),
  }));
}

/** Of a broker: what it is set to, and the defaults of its topics, by the names that brokers have for them. */
export function brokerEntries({
  defaults,
  settings,
  ...options
}: DescribeOptions & {
  readonly defaults: SettingTexts;
  readonly settings: readonly BrokerSetting[];
}): readonly DescribeConfigsResourceResult[] {
  const { keys, includeSynonyms, includeDocumentation } = options;
  const ofTopics = settingNames.flatMap((setting) => {
    const { brokerName, type, documentation } = definitionOf(setting);
    if (brokerName === undefined) return [];
    const isDefault = defaults[setting] === undefined;
    return [{ name: brokerName, value: textOf(setting, {}, defaults), isDefault, type, documentation }];
  });
  const isWanted = ({ name }: BrokerSetting) => keys === null || keys.length === 0 || keys.includes(name);
  return [...settings, ...ofTopics]
    .filter(isWanted)
    .map(({ name, value, isDefault, type, documentation }) => {
      const configSource = isDefault ? configSources.default : configSources.broker;
      const synonyms = includeSynonyms ? [{ name, value, source: configSource }] : [];
      return {
        ...{ name, value, readOnly: true, configSource, isSensitive: false, synonyms },
        ...{ configType: typeCodes[type], documentation: includeDocumentation ? documentation : null },
      };
    });
}

/** Of a group: what is set for it, else what all groups have. */
export function groupEntries(
  texts: GroupConfigTexts,
  { settings, ...options }: DescribeOptions & { readonly settings: GroupSettings },
): readonly DescribeConfigsResourceResult[] {
  const { keys, includeSynonyms, includeDocumentation } = options;
  const names = keys === null || keys.length === 0 ? groupConfigNames : keys.filter(isGroupConfigName);
  return names.map((name) => {
    const { brokerName = name, type, documentation } = groupConfigDefinition(name);
    const standard = { name: brokerName, value: groupConfigDefault(name, settings) };
    const set = texts[name] === undefined ? [] : [{ name, value: texts[name], source: configSources.group }];
    const synonyms = [...set, { ...standard, source: configSources.default }];
    return {
      ...{ name, value: synonyms[0]!.value, configSource: synonyms[0]!.source },
      ...{ readOnly: false, isSensitive: false, synonyms: includeSynonyms ? synonyms : [] },
      ...{ configType: typeCodes[type], documentation: includeDocumentation ? documentation : null },
    };
  });
}

function wantedNames({ keys }: Pick<DescribeOptions, 'keys'>): readonly SettingName[] {
  // An empty list asks for all, as null: librdkafka and kafkajs differ.
  return keys === null || keys.length === 0 ? settingNames : keys.filter(isSettingName);
}

/** The one in force first. */
function synonymsOf(
  name: SettingName,
  texts: SettingTexts,
  defaults: SettingTexts,
): readonly DescribeConfigsSynonym[] {
  const { brokerName = name, default: value } = definitionOf(name);
  const synonyms: DescribeConfigsSynonym[] = [];
  if (texts[name] !== undefined) synonyms.push({ name, value: texts[name], source: configSources.topic });
  if (defaults[name] !== undefined)
    synonyms.push({ name: brokerName, value: defaults[name], source: configSources.broker });
  synonyms.push({ name: brokerName, value, source: configSources.default });
  return synonyms;
}

function explained(
  name: SettingName,
  { includeDocumentation }: Pick<DescribeOptions, 'includeDocumentation'>,
) {
  const { type, documentation } = definitionOf(name);
  return { configType: typeCodes[type], documentation: includeDocumentation ? documentation : null };
}
