// What is set for a topic, as text by Kafka's names, and what it means, as a partition takes it.

import type { Compression } from '../../batch/batch-header.ts';
import type { RemoteConfig } from '../../partition/partition-config.ts';
import {
  definitionOf,
  isSettingName,
  type SettingDefinition,
  type SettingName,
  settingNames,
} from './setting-definitions.ts';

/** What was set; the others are at the broker's defaults. */
export type SettingTexts = Readonly<Partial<Record<SettingName, string>>>;

/** Bounds that are not set are Infinity. What a partition needs of it has the names that a partition gives it. */
export type TopicSettings = {
  readonly isDeleted: boolean;
  readonly isCompacted: boolean;
  readonly deleteRetentionMs: number;
  readonly durability: 'synced' | 'os';
  readonly flushMessages: number;
  readonly flushMs: number;
  readonly maxCompactionLagMs: number;
  readonly batchBytesMax: number;
  /** Absent where it is left to producers. */
  readonly compression?: Compression | undefined;
  readonly timestampAfterMsMax: number;
  readonly timestampBeforeMsMax: number;
  readonly timestampType: 'CreateTime' | 'LogAppendTime';
  readonly minCleanableDirtyRatio: number;
  readonly minCompactionLagMs: number;
  readonly minInSyncReplicas: number;
  readonly retentionBytes: number;
  readonly retentionMs: number;
  /** Absent where remote.storage.enable is off. */
  readonly remote?: RemoteConfig | undefined;
  readonly segmentBytesMax: number;
  readonly segmentMs: number;
  /** Undefined for a topic whose records all come at once. */
  readonly delays: DelaySettings | undefined;
};

/** What is taken out of the batches of a topic until it is due. */
export type DelaySettings = {
  /** Whether the header `cairn-deliver-at` counts, and how far it may be ahead. */
  readonly isDelayed: boolean;
  readonly delayMsMax: number;
  /** Of a retry topic, by attempt; none of others. */
  readonly retryDelaysMs: readonly number[];
  readonly deadLetterTopic: string | undefined;
};

/** What is wrong with a configuration; undefined when nothing is. */
export function faultOfSetting(name: string, value: string | null): string | undefined {
  if (!isSettingName(name)) return `there is no configuration '${name}' of topics`;
  if (value === null) return `the configuration ${name} has no value`;
  const fault = faultOfValue(definitionOf(name), value);
  return fault === undefined ? undefined : `the configuration ${name} cannot be '${value}': ${fault}`;
}

/** What is wrong with a value; undefined when nothing is. */
export function faultOfValue(definition: SettingDefinition, value: string): string | undefined {
  switch (definition.type) {
    case 'boolean':
      return /^(true|false)$/i.test(value) ? undefined : 'wanted is true or false';
    case 'int':
    case 'long':
      return /^-?\d{1,19}$/.test(value) ? faultOfNumber(definition, Number(value)) : 'wanted is an integer';
    case 'double':
      return /^-?\d+(\.\d+)?([eE]-?\d+)?$/.test(value)
        ? faultOfNumber(definition, Number(value))
        : 'wanted is a number';
    case 'string':
    case 'list': {
      const parts = definition.type === 'list' ? membersOf(value) : [value];
      const known = parts.every((part) => definition.oneOf?.includes(part) ?? true);
      if (!known && definition.oneOf !== undefined) return `known are ${definition.oneOf.join(', ')}`;
      return definition.faultOf?.(value);
    }
    default:
      return definition.type satisfies never;
  }
}

function faultOfNumber({ min, max }: SettingDefinition, value: number): string | undefined {
  if (min !== undefined && value < min) return `the least is ${min}`;
  if (max !== undefined && value > max) return `the most is ${max}`;
  return undefined;
}

/** Members of a list. */
export function membersOf(value: string): readonly string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The text in force: the topic's, else the broker's default. */
export function textOf(name: SettingName, texts: SettingTexts, defaults: SettingTexts): string {
  return texts[name] ?? defaults[name] ?? definitionOf(name).default;
}

export function isTrue(text: string): boolean {
  return text.toLowerCase() === 'true';
}

/** Of texts without a fault. */
export function settingsOf(texts: SettingTexts, defaults: SettingTexts = {}): TopicSettings {
  const text = (name: SettingName) => textOf(name, texts, defaults);
  const number = (name: SettingName) => Number(text(name));
  // -1, and 2^63 - 1, say that there is no bound.
  const bound = (name: SettingName) => {
    const value = number(name);
    return value < 0 || value >= 2 ** 63 ? Number.POSITIVE_INFINITY : value;
  };
  const isOn = (name: SettingName) => isTrue(text(name));
  const localBound = (name: SettingName, whole: SettingName) =>
    number(name) === -2 ? bound(whole) : bound(name);
  const remote = {
    isCopied: !isOn('remote.log.copy.disable'),
    localRetentionMs: localBound('local.retention.ms', 'retention.ms'),
    localRetentionBytes: localBound('local.retention.bytes', 'retention.bytes'),
  };
  const policies = membersOf(text('cleanup.policy'));
  const compression = text('compression.type');
  return {
    isDeleted: policies.includes('delete'),
    isCompacted: policies.includes('compact'),
    deleteRetentionMs: bound('delete.retention.ms'),
    durability: text('durability') === 'os' ? 'os' : 'synced',
    flushMessages: bound('flush.messages'),
    flushMs: bound('flush.ms'),
    maxCompactionLagMs: bound('max.compaction.lag.ms'),
    batchBytesMax: number('max.message.bytes'),
    ...(compression !== 'producer' && {
      compression: compression === 'uncompressed' ? 'none' : (compression as Compression),
    }),
    timestampAfterMsMax: bound('message.timestamp.after.max.ms'),
    timestampBeforeMsMax: bound('message.timestamp.before.max.ms'),
    timestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    minInSyncReplicas: number('min.insync.replicas'),
    retentionBytes: bound('retention.bytes'),
    retentionMs: bound('retention.ms'),
    ...(isOn('remote.storage.enable') && { remote }),
    segmentBytesMax: number('segment.bytes'),
    segmentMs: bound('segment.ms'),
    delays: delaysOf(text),
  };
}

function delaysOf(text: (name: SettingName) => string): DelaySettings | undefined {
  const isDelayed = text('cairn.delayed').toLowerCase() === 'true';
  const retryDelaysMs = membersOf(text('cairn.retry.delays.ms')).map(Number);
  if (!isDelayed && retryDelaysMs.length === 0) return undefined;
  const delayMsMax = Number(text('cairn.delayed.max.ms'));
  return {
    ...{ isDelayed, delayMsMax, retryDelaysMs },
    deadLetterTopic: text('cairn.retry.dead.letter.topic') || undefined,
  };
}

/** Stored text of what is set, in the order of names. */
export function storedSettings(texts: SettingTexts): string {
  const entries = settingNames.flatMap((name) => (texts[name] === undefined ? [] : [[name, texts[name]]]));
  return JSON.stringify(Object.fromEntries(entries));
}
