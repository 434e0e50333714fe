// What a broker is set to at its start, by Kafka's names: to be looked at. What is set while it runs is in broker-configs.ts.
// https://kafka.apache.org/documentation/#brokerconfigs

import type { SettingType } from '../../broker/topics/setting-definitions.ts';
import { type GroupSettings, groupSettingsDefault } from '../../groups/group-settings.ts';
import { connectionsMaxDefault, frameBytesMaxDefault, partitionsPerTopicDefault } from '../../limits.ts';
import { mechanismNames } from '../security/mechanisms.ts';
import { type BrokerParts, nodeId } from './broker-parts.ts';
import { brokerAddress } from './cluster.ts';
import type { HandlerContext } from './handler.ts';

type Value = string | number | boolean;

type BrokerSettingDefinition = {
  readonly type: SettingType;
  /** None where nobody can set anything else; `own` where each broker has its own, which Kafka says in its properties. */
  readonly default?: Value;
  readonly own?: true;
  readonly valueIn: (parts: BrokerParts, context: HandlerContext) => Value;
  readonly documentation: string;
};

export type BrokerSetting = {
  readonly name: string;
  readonly type: SettingType;
  readonly value: string;
  readonly isDefault: boolean;
  readonly documentation: string;
};

const minuteMs = 60_000;

const definitions: Readonly<Record<string, BrokerSettingDefinition>> = {
  'advertised.listeners': {
    ...{ type: 'list', own: true },
    valueIn: (parts, context) => listeners(brokerAddress(parts, context), parts),
    documentation: 'Where clients are told to go.',
  },
  'auto.create.topics.enable': {
    type: 'boolean',
    default: true,
    valueIn: ({ autoCreateTopics }) => autoCreateTopics,
    documentation: 'Whether producing to or asking for a topic that is not there makes it.',
  },
  'broker.id': { type: 'int', own: true, valueIn: () => nodeId, documentation: 'The number of the broker.' },
  'connections.max.reauth.ms': {
    type: 'long',
    default: 0,
    valueIn: ({ listener }) => listener.sessionMs,
    documentation: 'After which a client has to log in again; 0 for never.',
  },
  'default.replication.factor': {
    type: 'int',
    valueIn: () => 1,
    documentation: 'Replicas of each partition.',
  },
  'group.consumer.heartbeat.interval.ms': ofGroups('consumerHeartbeatIntervalMs', {
    documentation: 'Between two heartbeats of a member of a consumer group.',
  }),
  'group.consumer.max.size': ofGroups('membersMax', { documentation: 'Members of a consumer group.' }),
  'group.consumer.session.timeout.ms': ofGroups('consumerSessionTimeoutMs', {
    documentation: 'How long a member of a consumer group may be silent.',
  }),
  'group.consumer.migration.policy': {
    type: 'string',
    valueIn: () => 'bidirectional',
    documentation: 'Whether groups with members go from one protocol to the other: they do, both ways.',
  },
  'group.initial.rebalance.delay.ms': ofGroups('initialRebalanceDelayMs', {
    documentation: 'How long the first members of an empty group wait for others.',
  }),
  'group.max.session.timeout.ms': ofGroups('sessionTimeoutMsMax', {
    documentation: 'How long members of a classic group may ask to be allowed to be silent, at most.',
  }),
  'group.max.size': ofGroups('membersMax', { documentation: 'Members of a classic group.' }),
  'group.min.session.timeout.ms': ofGroups('sessionTimeoutMsMin', {
    documentation: 'How long members of a classic group have to ask to be allowed to be silent, at least.',
  }),
  listeners: {
    ...{ type: 'list', own: true },
    valueIn: (parts, { local }) => listeners(local, parts),
    documentation: 'Where the client reached the broker.',
  },
  'log.dirs': {
    ...{ type: 'string', own: true },
    valueIn: ({ directory }) => directory,
    documentation: 'Where partitions are kept.',
  },
  'max.connections': {
    type: 'int',
    default: connectionsMaxDefault,
    valueIn: ({ listener }) => listener.connectionsMax,
    documentation: 'Connections at the same time.',
  },
  'node.id': { type: 'int', own: true, valueIn: () => nodeId, documentation: 'The number of the broker.' },
  'num.partitions': {
    type: 'int',
    default: partitionsPerTopicDefault,
    valueIn: ({ topics }) => topics.partitionsPerTopic,
    documentation: 'Of a topic that is made without a number.',
  },
  'offset.metadata.max.bytes': ofGroups('offsetMetadataBytesMax', {
    documentation: 'What clients may say with an offset that they commit.',
  }),
  'offsets.retention.check.interval.ms': {
    ...ofGroups('retentionCheckIntervalMs', {
      documentation: 'Between two looks for offsets to be forgotten.',
    }),
    type: 'long',
  },
  'offsets.retention.minutes': ofGroups('offsetsRetentionMs', {
    unit: minuteMs,
    documentation: 'How long offsets of a group without members are kept.',
  }),
  'sasl.enabled.mechanisms': {
    type: 'list',
    valueIn: () => mechanismNames.join(),
    documentation: 'How clients log in, on plain connections and over TLS.',
  },
  'socket.request.max.bytes': {
    type: 'int',
    default: frameBytesMaxDefault,
    valueIn: ({ listener }) => listener.frameBytesMax,
    documentation: 'Size of a request at most.',
  },
};

export function brokerSettings(parts: BrokerParts, context: HandlerContext): readonly BrokerSetting[] {
  return Object.entries(definitions).map(([name, definition]) => {
    const { type, documentation, own, default: standard } = definition;
    const value = definition.valueIn(parts, context);
    const isDefault = !own && (standard === undefined || value === standard);
    return { name, type, value: String(value), isDefault, documentation };
  });
}

function ofGroups(
  name: keyof GroupSettings,
  { documentation, unit = 1 }: { readonly documentation: string; readonly unit?: number },
): BrokerSettingDefinition {
  const read = (settings: GroupSettings) => settings[name] / unit;
  return {
    ...{ type: 'int', documentation, default: read(groupSettingsDefault) },
    valueIn: ({ groupConfigs }) => read(groupConfigs?.settings ?? groupSettingsDefault),
  };
}

/** One port, which tells TLS by its first byte; logins are offered on both. */
function listeners(
  { host, port }: { readonly host: string; readonly port: number },
  { listener }: Pick<BrokerParts, 'listener'>,
): string {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const names = listener.hasTls ? ['PLAINTEXT', 'SSL'] : ['PLAINTEXT'];
  return names.map((name) => `${name}://${address}`).join();
}
