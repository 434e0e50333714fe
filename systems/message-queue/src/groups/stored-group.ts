// A group as its row in the metadata store has it: JSON, bytes as base64.

import type { Uuid } from '../kafka/wire/values.ts';

export type StoredGroup = StoredClassicGroup | StoredConsumerGroup;

export type StoredClassicGroup = {
  readonly type: 'classic';
  /** The highest that was ever told to a member; higher than `generation` while a rebalance is under way. */
  readonly highestGeneration: number;
  /** What follows is of the last rebalance that ended. */
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string | null;
  /** Since when it has no members, by the wall clock. */
  readonly emptySinceMs: number | null;
  readonly members: readonly StoredClassicMember[];
  /** A rebalance is due that no member began: partitions are nobody's. Absent where none is. */
  readonly isRebalanceDue?: true;
};

export type StoredClassicMember = {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocols: StoredProtocols;
  readonly assignment: string;
};

export type StoredProtocols = readonly (readonly [name: string, metadata: string])[];

export type StoredConsumerGroup = {
  readonly type: 'consumer';
  readonly epoch: number;
  readonly assignmentEpoch: number;
  readonly assignor: string;
  /** What the target was made from: topics and how many partitions each had. */
  readonly topics: readonly (readonly [Uuid, number])[];
  readonly emptySinceMs: number | null;
  /** What expressions match of what a user may describe. Absent in rows of before there was that. */
  readonly described?: readonly StoredDescription[];
  readonly members: readonly StoredConsumerMember[];
};

export type StoredDescription = readonly [
  user: string,
  expression: string,
  topicIds: readonly Uuid[],
  /** Whose answer it was. Absent in rows of before addresses were told apart. */
  clientHosts?: readonly string[],
];

export type StoredPartitions = readonly (readonly [Uuid, readonly number[]])[];

export type StoredConsumerMember = {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly rebalanceTimeoutMs: number;
  readonly serverAssignor: string | null;
  readonly topicNames: readonly string[];
  readonly topicRegex: string | null;
  /** Absent in rows of before there was that. */
  readonly user?: string | null;
  /** Null, or absent as in rows of before there was that, of a member of the consumer protocol. */
  readonly classic?: { readonly sessionTimeoutMs: number; readonly protocols: StoredProtocols } | null;
  readonly epoch: number;
  readonly previousEpoch: number;
  readonly state: 'stable' | 'unrevoked' | 'unreleased';
  readonly assigned: StoredPartitions;
  readonly revoking: StoredPartitions;
  readonly target: StoredPartitions;
};
