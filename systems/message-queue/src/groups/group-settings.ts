// What an operator sets for groups, by Kafka's names, and what bounds their memory.

export type GroupSettings = {
  /** `group.initial.rebalance.delay.ms`: how long the first members of an empty classic group wait for others. */
  readonly initialRebalanceDelayMs: number;
  /** `group.min.session.timeout.ms` and `group.max.session.timeout.ms`, of classic members. */
  readonly sessionTimeoutMsMin: number;
  readonly sessionTimeoutMsMax: number;
  /** How long a join waits whose client never heard its member id: it sends no heartbeats and may have gone. */
  readonly newMemberTimeoutMs: number;
  /** `group.max.size` and `group.consumer.max.size`. */
  readonly membersMax: number;
  /** `group.consumer.session.timeout.ms` and `group.consumer.heartbeat.interval.ms`. */
  readonly consumerSessionTimeoutMs: number;
  readonly consumerHeartbeatIntervalMs: number;
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: number;
  /** `offsets.retention.check.interval.ms`. */
  readonly retentionCheckIntervalMs: number;
  /** `offset.metadata.max.bytes`. */
  readonly offsetMetadataBytesMax: number;
  readonly groupsMax: number;
  /** Of what the members of a group tell of themselves, together, and of an assignment of a group, together. */
  readonly groupBytesMax: number;
};

const minuteMs = 60_000;

export const groupSettingsDefault: GroupSettings = {
  initialRebalanceDelayMs: 3_000,
  sessionTimeoutMsMin: 6_000,
  sessionTimeoutMsMax: 30 * minuteMs,
  newMemberTimeoutMs: 5 * minuteMs,
  membersMax: 5_000,
  consumerSessionTimeoutMs: 45_000,
  consumerHeartbeatIntervalMs: 5_000,
  offsetsRetentionMs: 7 * 24 * 60 * minuteMs,
  retentionCheckIntervalMs: 10 * minuteMs,
  offsetMetadataBytesMax: 4_096,
  groupsMax: 100_000,
  groupBytesMax: 16 * 2 ** 20,
};

/** Of a group's, a member's, an instance's name: it is kept, and used as a key. */
const nameCharactersMax = 1_000;

export function isTooLong(name: string | null): boolean {
  return name !== null && name.length > nameCharactersMax;
}
