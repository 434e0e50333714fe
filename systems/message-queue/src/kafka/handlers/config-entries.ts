// Configurations as DescribeConfigs shows them: value, where it is from, what else could have been it.

import {
  alterableDefinition,
  alterableNames,
  type BrokerConfigs,
  type ConfigLayer,
} from '../../broker/topics/broker-configs.ts';
import {
  definitionOf,
  isSettingName,
  type SettingName,
  type SettingType,
  settingNames,
} from '../../broker/topics/setting-definitions.ts';
import type { SettingTexts } from '../../broker/topics/topic-settings.ts';
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
const configSources = {
  topic: 1,
  broker: 2,
  cluster: 3,
  started: 4,
  default: 5,
  group: 8,
} as const satisfies Record<ConfigLayer | 'topic' | 'group', number>;

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

/** A setting of a topic, and what else it could be: the one in force first. */
export function synonymsOf(
  name: SettingName,
  texts: SettingTexts,
  configs: BrokerConfigs,
): readonly [DescribeConfigsSynonym, ...DescribeConfigsSynonym[]] {
  const { brokerName, default: standard } = definitionOf(name);
  const ofTopic =
    texts[name] === undefined ? [] : [{ name, value: texts[name], source: configSources.topic }];
  const others =
    brokerName === undefined ? ofOurs(name, standard, configs) : synonymsOfBroker(brokerName, configs);
  const [first, ...rest] = [...ofTopic, ...others];
  return [first!, ...rest];
}

/** What only we have is not set while the broker runs. */
function ofOurs(name: SettingName, standard: string, { defaults }: BrokerConfigs): DescribeConfigsSynonym[] {
  const value = defaults[name];
  const started = value === undefined ? [] : [{ name, value, source: configSources.started }];
  return [...started, { name, value: standard, source: configSources.default }];
}

function synonymsOfBroker(name: string, configs: BrokerConfigs): DescribeConfigsSynonym[] {
  return configs.layersOf(name).map(({ layer, value }) => ({ name, value, source: configSources[layer] }));
}

export function topicEntries(
  texts: SettingTexts,
  { configs, ...options }: DescribeOptions & { readonly configs: BrokerConfigs },
): readonly DescribeConfigsResourceResult[] {
  return wantedNames(options).map((name) => {
    const synonyms = synonymsOf(name, texts, configs);
    const [{ value, source: configSource }] = synonyms;
    return {
      ...{ name, value, readOnly: false, configSource, isSensitive: false },
      synonyms: options.includeSynonyms ? synonyms : [],
      ...explained(definitionOf(name), options),
    };
  });
}

/** Of a broker: what it is set to, and what of it can be altered, as the defaults of its topics. */
export function brokerEntries({
  configs,
  settings,
  ...options
}: DescribeOptions & {
  readonly configs: BrokerConfigs;
  readonly settings: readonly BrokerSetting[];
}): readonly DescribeConfigsResourceResult[] {
  const fixed = settings.map(({ name, value, isDefault, ...definition }) => {
    const configSource = isDefault ? configSources.default : configSources.started;
    const synonyms = options.includeSynonyms ? [{ name, value, source: configSource }] : [];
    return {
      ...{ name, value, readOnly: true, configSource, isSensitive: false, synonyms },
      ...explained(definition, options),
    };
  });
  const alterable = alterableNames.map((name) => alterableEntry(name, { configs, options }));
  return [...fixed, ...alterable].filter(({ name }) => isWanted(name, options));
}

/** Of all brokers: what is set for them while they run. */
export function clusterEntries({
  configs,
  ...options
}: DescribeOptions & { readonly configs: BrokerConfigs }): readonly DescribeConfigsResourceResult[] {
  const set = Object.entries(configs.textsOf('cluster')).map(([name, value]) => ({
    ...alterableEntry(name, { configs, options }),
    ...{ value, configSource: configSources.cluster },
    synonyms: options.includeSynonyms
      ? synonymsOfBroker(name, configs).filter(({ source }) => source === configSources.cluster)
      : [],
  }));
  return set.filter(({ name }) => isWanted(name, options));
}

function alterableEntry(
  name: string,
  { configs, options }: { configs: BrokerConfigs; options: DescribeOptions },
): DescribeConfigsResourceResult {
  const synonyms = synonymsOfBroker(name, configs);
  const { value, source: configSource } = synonyms[0]!;
  return {
    ...{ name, value, readOnly: false, configSource, isSensitive: false },
    synonyms: options.includeSynonyms ? synonyms : [],
    ...explained(alterableDefinition(name)!, options),
  };
}

function isWanted(name: string, { keys }: Pick<DescribeOptions, 'keys'>): boolean {
  return keys === null || keys.length === 0 || keys.includes(name);
}

/** Of a group: what is set for it, else what all groups have. */
export function groupEntries(
  texts: GroupConfigTexts,
  { settings, ...options }: DescribeOptions & { readonly settings: GroupSettings },
): readonly DescribeConfigsResourceResult[] {
  const { keys, includeSynonyms } = options;
  const names = keys === null || keys.length === 0 ? groupConfigNames : keys.filter(isGroupConfigName);
  return names.map((name) => {
    const { brokerName = name, ...definition } = groupConfigDefinition(name);
    const standard = { name: brokerName, value: groupConfigDefault(name, settings) };
    const set = texts[name] === undefined ? [] : [{ name, value: texts[name], source: configSources.group }];
    const synonyms = [...set, { ...standard, source: configSources.default }];
    return {
      ...{ name, value: synonyms[0]!.value, configSource: synonyms[0]!.source },
      ...{ readOnly: false, isSensitive: false, synonyms: includeSynonyms ? synonyms : [] },
      ...explained(definition, options),
    };
  });
}

function wantedNames({ keys }: Pick<DescribeOptions, 'keys'>): readonly SettingName[] {
  // An empty list asks for all, as null: librdkafka and kafkajs differ.
  return keys === null || keys.length === 0 ? settingNames : keys.filter(isSettingName);
}

function explained(
  { type, documentation }: { readonly type: SettingType; readonly documentation: string },
  { includeDocumentation }: Pick<DescribeOptions, 'includeDocumentation'>,
) {
  return { configType: typeCodes[type], documentation: includeDocumentation ? documentation : null };
}
