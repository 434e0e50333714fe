// The configurations of a topic: Kafka's names, types, defaults and bounds, and what they do here.
// https://kafka.apache.org/documentation/#topicconfigs
//
// A value is text, as Kafka's protocol has it. What other tools set out of habit and has no meaning here is accepted and
// says so in its documentation; other names are refused.

import { bytesPerMiB, delayMsMaxDefault, retentionMsDefault, retryDelaysMax } from '../../limits.ts';
import { faultOfTopicName } from './topic-name.ts';

export type SettingType = 'boolean' | 'int' | 'long' | 'double' | 'string' | 'list';

export type SettingDefinition = {
  readonly type: SettingType;
  readonly default: string;
  readonly min?: number;
  readonly max?: number;
  /** Of a string, or of each member of a list. */
  readonly oneOf?: readonly string[];
  /** What else can be wrong with a string or a list. */
  readonly faultOf?: (value: string) => string | undefined;
  /** What a broker's configuration calls the default of all topics; none for what only we have. */
  readonly brokerName?: string;
  readonly documentation: string;
};

const longMax = '9223372036854775807';
const intMax = 2 ** 31 - 1;

const settingDefinitions = {
  'cairn.delayed': {
    type: 'boolean',
    default: 'false',
    documentation:
      'Whether records with the header cairn-deliver-at appear when they are due. Batches of such a topic are unpacked.',
  },
  'cairn.delayed.max.ms': {
    type: 'long',
    default: String(delayMsMaxDefault),
    min: 0,
    documentation: 'How far from now cairn-deliver-at may be.',
  },
  'cairn.retry.dead.letter.topic': {
    type: 'string',
    default: '',
    faultOf: (value) => (value === '' ? undefined : faultOfTopicName(value)),
    documentation:
      'Where a record goes that was retried after every one of cairn.retry.delays.ms. Empty: the last delay counts for ever.',
  },
  'cairn.retry.delays.ms': {
    type: 'list',
    default: '',
    faultOf: faultOfDelays,
    documentation:
      'Makes the topic one of retries: a record that is produced to it appears after the delay of its attempt.',
  },
  'cleanup.policy': {
    type: 'list',
    default: 'delete',
    oneOf: ['delete', 'compact'],
    brokerName: 'log.cleanup.policy',
    documentation:
      'delete removes old segments, compact keeps the newest record of each key; both may be set. Empty keeps everything.',
  },
  'compression.type': {
    type: 'string',
    default: 'producer',
    oneOf: ['producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'],
    brokerName: 'compression.type',
    documentation:
      'How batches are stored: producer as they come, anything else costs the broker their packing where they come otherwise.',
  },
  'delete.retention.ms': {
    type: 'long',
    default: '86400000',
    min: 0,
    brokerName: 'log.cleaner.delete.retention.ms',
    documentation: 'How long a tombstone of a compacted topic is kept.',
  },
  durability: {
    type: 'string',
    default: 'synced',
    oneOf: ['synced', 'os'],
    documentation:
      'synced: acknowledged means on the disk. os: acknowledged means with the operating system, as Kafka has it.',
  },
  'file.delete.delay.ms': {
    type: 'long',
    default: '60000',
    min: 0,
    brokerName: 'log.segment.delete.delay.ms',
    documentation: 'Accepted without effect: a segment is removed when nobody reads it any more.',
  },
  'flush.messages': {
    type: 'long',
    default: longMax,
    min: 1,
    brokerName: 'log.flush.interval.messages',
    documentation: 'With durability=os: after so many records they are synced.',
  },
  'flush.ms': {
    type: 'long',
    default: longMax,
    min: 0,
    brokerName: 'log.flush.interval.ms',
    documentation: 'With durability=os: after so long records are synced.',
  },
  'index.interval.bytes': {
    type: 'int',
    default: '4096',
    min: 0,
    brokerName: 'log.index.interval.bytes',
    documentation: 'Accepted without effect: the broker chooses how dense its indexes are.',
  },
  'local.retention.bytes': {
    type: 'long',
    default: '-2',
    min: -2,
    brokerName: 'log.local.retention.bytes',
    documentation:
      'With remote.storage.enable: size above which local copies of moved segments go; -2 as retention.bytes.',
  },
  'local.retention.ms': {
    type: 'long',
    default: '-2',
    min: -2,
    brokerName: 'log.local.retention.ms',
    documentation:
      'With remote.storage.enable: age after which local copies of moved segments go; -2 as retention.ms.',
  },
  'max.compaction.lag.ms': {
    type: 'long',
    default: longMax,
    min: 1,
    brokerName: 'log.cleaner.max.compaction.lag.ms',
    documentation: 'How long a record of a compacted topic may stay uncompacted.',
  },
  'max.message.bytes': {
    type: 'int',
    default: '1048588',
    min: 0,
    max: intMax,
    brokerName: 'message.max.bytes',
    documentation: 'Of a record batch, as it is sent.',
  },
  'message.timestamp.after.max.ms': {
    type: 'long',
    default: '3600000',
    min: 0,
    brokerName: 'log.message.timestamp.after.max.ms',
    documentation: 'How far the timestamp of a record may be ahead of the broker.',
  },
  'message.timestamp.before.max.ms': {
    type: 'long',
    default: longMax,
    min: 0,
    brokerName: 'log.message.timestamp.before.max.ms',
    documentation: 'How far the timestamp of a record may be behind the broker.',
  },
  'message.timestamp.type': {
    type: 'string',
    default: 'CreateTime',
    oneOf: ['CreateTime', 'LogAppendTime'],
    brokerName: 'log.message.timestamp.type',
    documentation: "Whose time a record has: its producer's, or the broker's.",
  },
  'min.cleanable.dirty.ratio': {
    type: 'double',
    default: '0.5',
    min: 0,
    max: 1,
    brokerName: 'log.cleaner.min.cleanable.ratio',
    documentation: 'What part of a compacted topic is uncompacted before it is compacted.',
  },
  'min.compaction.lag.ms': {
    type: 'long',
    default: '0',
    min: 0,
    brokerName: 'log.cleaner.min.compaction.lag.ms',
    documentation: 'How long a record of a compacted topic stays uncompacted at least.',
  },
  'min.insync.replicas': {
    type: 'int',
    default: '1',
    min: 1,
    max: intMax,
    brokerName: 'min.insync.replicas',
    documentation: 'Replicas that must have a batch sent with acks=all; there is one.',
  },
  preallocate: {
    type: 'boolean',
    default: 'false',
    brokerName: 'log.preallocate',
    documentation: 'Accepted without effect: files are always preallocated, in steps.',
  },
  'remote.log.copy.disable': {
    type: 'boolean',
    default: 'false',
    documentation:
      'With remote.storage.enable: no more segments are moved; those that were are read, and expire.',
  },
  'remote.log.delete.on.disable': {
    type: 'boolean',
    default: 'false',
    documentation:
      'Has to be true to turn remote.storage.enable off: what only the blobs engine has is deleted then.',
  },
  'remote.storage.enable': {
    type: 'boolean',
    default: 'false',
    documentation: 'Whether sealed segments are moved to the blobs engine (message-queue.engines.blobs).',
  },
  'retention.bytes': {
    type: 'long',
    default: '-1',
    min: -1,
    brokerName: 'log.retention.bytes',
    documentation: 'Size of a partition above which its oldest segments are removed; -1 sets no bound.',
  },
  'retention.ms': {
    type: 'long',
    default: String(retentionMsDefault),
    min: -1,
    brokerName: 'log.retention.ms',
    documentation: 'Age after which segments are removed; -1 sets no bound. Two weeks by default.',
  },
  'segment.bytes': {
    type: 'int',
    default: String(1_024 * bytesPerMiB),
    min: bytesPerMiB,
    max: intMax,
    brokerName: 'log.segment.bytes',
    documentation: 'Size at which a segment is sealed.',
  },
  'segment.index.bytes': {
    type: 'int',
    default: '10485760',
    min: 4,
    brokerName: 'log.index.size.max.bytes',
    documentation: 'Accepted without effect: indexes grow as they need.',
  },
  'segment.jitter.ms': {
    type: 'long',
    default: '0',
    min: 0,
    brokerName: 'log.roll.jitter.ms',
    documentation: 'Accepted without effect: segments are sealed when they are due.',
  },
  'segment.ms': {
    type: 'long',
    default: '604800000',
    min: 1,
    brokerName: 'log.roll.ms',
    documentation: 'Age at which a segment is sealed.',
  },
  'unclean.leader.election.enable': {
    type: 'boolean',
    default: 'false',
    brokerName: 'unclean.leader.election.enable',
    documentation: 'Accepted without effect: with one broker no leader is elected.',
  },
} as const satisfies Record<string, SettingDefinition>;

function faultOfDelays(value: string): string | undefined {
  if (value === '') return undefined;
  const delays = value.split(',').map((part) => part.trim());
  if (delays.length > retryDelaysMax) return `the most are ${retryDelaysMax} delays`;
  return delays.every((delay) => /^\d{1,12}$/.test(delay))
    ? undefined
    : 'wanted are milliseconds, as 1000,10000';
}

export type SettingName = keyof typeof settingDefinitions;

export const settingNames = Object.keys(settingDefinitions) as readonly SettingName[];

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settingDefinitions, name);
}

export function definitionOf(name: SettingName): SettingDefinition {
  return settingDefinitions[name];
}
