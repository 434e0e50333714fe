// What is configured of a group: Kafka's settings of members of consumer groups, and the filter, which is ours.

import { InvalidFilterError, parseTagFilter } from '../../filter/tag-filter.ts';
import type { GroupSettings } from '../group-settings.ts';

export const groupConfigDefinitions = {
  'cairn.filter': {
    type: 'string',
    documentation:
      'Members get only records whose header cairn-tags has what it asks for: tags with ||, &&, ! and parentheses. Empty: all of them.',
  },
  'consumer.heartbeat.interval.ms': {
    type: 'int',
    min: 5_000,
    max: 15_000,
    brokerName: 'group.consumer.heartbeat.interval.ms',
    documentation: 'Between two heartbeats of a member of a consumer group.',
  },
  'consumer.session.timeout.ms': {
    type: 'int',
    min: 45_000,
    max: 60_000,
    brokerName: 'group.consumer.session.timeout.ms',
    documentation: 'How long a member of a consumer group may be silent.',
  },
} as const satisfies Record<string, GroupConfigDefinition>;

export type GroupConfigDefinition = {
  readonly type: 'string' | 'int';
  readonly min?: number;
  readonly max?: number;
  /** What sets it for all groups; none for what only a group has. */
  readonly brokerName?: string;
  readonly documentation: string;
};
export type GroupConfigName = keyof typeof groupConfigDefinitions;
/** What was set; the others are at the broker's defaults. */
export type GroupConfigTexts = Readonly<Partial<Record<GroupConfigName, string>>>;

export const groupConfigNames = Object.keys(groupConfigDefinitions) as readonly GroupConfigName[];

export function isGroupConfigName(name: string): name is GroupConfigName {
  return Object.hasOwn(groupConfigDefinitions, name);
}

export function groupConfigDefinition(name: GroupConfigName): GroupConfigDefinition {
  return groupConfigDefinitions[name];
}

export function groupConfigDefault(name: GroupConfigName, settings: GroupSettings): string {
  switch (name) {
    case 'cairn.filter':
      return '';
    case 'consumer.heartbeat.interval.ms':
      return String(settings.consumerHeartbeatIntervalMs);
    case 'consumer.session.timeout.ms':
      return String(settings.consumerSessionTimeoutMs);
    default:
      return name satisfies never;
  }
}

/** What is wrong with a configuration; undefined when nothing is. */
export function faultOfGroupConfig(name: string, value: string | null): string | undefined {
  if (!isGroupConfigName(name)) return `there is no configuration '${name}' of groups`;
  if (value === null) return `the configuration ${name} has no value`;
  const fault = name === 'cairn.filter' ? faultOfFilter(value) : faultOfInteger(name, value);
  return fault === undefined ? undefined : `the configuration ${name} cannot be '${value}': ${fault}`;
}

function faultOfFilter(value: string): string | undefined {
  try {
    if (value.trim() !== '') parseTagFilter(value);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidFilterError) return error.message;
    throw error;
  }
}

function faultOfInteger(name: GroupConfigName, value: string): string | undefined {
  const { min = -Infinity, max = Infinity } = groupConfigDefinition(name);
  if (!/^-?\d{1,10}$/.test(value)) return 'wanted is an integer';
  if (Number(value) < min) return `the least is ${min}`;
  return Number(value) > max ? `the most is ${max}` : undefined;
}
