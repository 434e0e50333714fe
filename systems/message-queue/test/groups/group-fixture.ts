// A coordinator on a simulated machine, with topics that a test makes, and requests with everything in them but what a test
// is about.

import { openSimulatedSql } from '@cairn/engines';
import { silentLog } from '@cairn/telemetry';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import type {
  GroupContext,
  GroupTopic,
  GroupTopicChange,
  GroupTopics,
} from '../../src/groups/group-context.ts';
import type { GroupCoordinator } from '../../src/groups/group-coordinator.ts';
import type { GroupSettings } from '../../src/groups/group-settings.ts';
import { openGroupCoordinator } from '../../src/groups/open-group-coordinator.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../src/kafka/messages/consumer-group-heartbeat-request.ts';
import { encodeConsumerProtocolSubscription } from '../../src/kafka/messages/consumer-protocol-subscription.ts';
import type { JoinGroupRequest } from '../../src/kafka/messages/join-group-request.ts';
import type { JoinGroupResponse } from '../../src/kafka/messages/join-group-response.ts';
import type { OffsetCommitRequest } from '../../src/kafka/messages/offset-commit-request.ts';
import type { SyncGroupRequest } from '../../src/kafka/messages/sync-group-request.ts';
import { type Uuid, zeroUuid } from '../../src/kafka/wire/values.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';
import metadataStore, { type MetadataSql } from '../../src/metadata/store.ts';

export class TestTopics implements GroupTopics {
  readonly #topics = new Map<string, GroupTopic>();
  readonly #listeners = new Set<(change: GroupTopicChange) => void>();
  #made = 0;

  /** Makes it, or gives it more partitions. */
  set(name: string, partitionCount: number): GroupTopic {
    const known = this.#topics.get(name);
    const topicId = known?.topicId ?? (`topic-${this.#made++}`.padEnd(22, 'A') as Uuid);
    const topic = { name, topicId, partitionCount };
    this.#topics.set(name, topic);
    this.#tell({ kind: known === undefined ? 'created' : 'partitions', topic });
    return topic;
  }

  delete(name: string): void {
    const topic = this.#topics.get(name)!;
    this.#topics.delete(name);
    this.#tell({ kind: 'deleted', topic });
  }

  find(name: string): GroupTopic | undefined {
    return this.#topics.get(name);
  }

  findById(topicId: Uuid): GroupTopic | undefined {
    return this.all().find((topic) => topic.topicId === topicId);
  }

  isGone(topicId: Uuid): boolean {
    return this.findById(topicId) === undefined;
  }

  all(): readonly GroupTopic[] {
    return [...this.#topics.values()];
  }

  onChange(listener: (change: GroupTopicChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(change: GroupTopicChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}

export class GroupFixture {
  readonly simulation: Simulation;
  readonly machine: SimulatedMachine;
  readonly topics = new TestTopics();
  readonly #settings: Partial<GroupSettings>;
  groups!: GroupCoordinator;
  sql!: MetadataSql;

  constructor(simulation: Simulation, settings: Partial<GroupSettings> = {}) {
    this.simulation = simulation;
    this.machine = simulation.machine('broker');
    this.#settings = { initialRebalanceDelayMs: 0, ...settings };
    this.topics.set('orders', 4);
  }

  async open(): Promise<void> {
    this.sql = await openSimulatedSql(this.machine, metadataStore);
    const { sql, topics } = this;
    const { world } = this.machine;
    this.groups = await openGroupCoordinator({
      sql,
      world,
      topics,
      log: silentLog,
      settings: this.#settings,
    });
  }

  /** Kills the process and starts the next one on what is stored. */
  async restart(): Promise<void> {
    this.machine.crash();
    this.machine.restart();
    await this.open();
  }

  sleep(ms: number): Promise<void> {
    return this.simulation.clock.sleep(ms);
  }

  /** Joins as clients do: with the id that it is given first. */
  async join(wanted: Partial<JoinGroupRequest> = {}, version = 9): Promise<JoinGroupResponse> {
    const first = await this.groups.joinGroup(joinRequest(wanted), context(version));
    if (first.errorCode !== 79) return first;
    return this.groups.joinGroup(joinRequest({ ...wanted, memberId: first.memberId }), context(version));
  }

  /** Of the leader: each gets its member id as its assignment. */
  syncAll(joined: readonly JoinGroupResponse[]) {
    return Promise.all(
      joined.map((member) => {
        const assignments = member.members.map(({ memberId }) => ({
          memberId,
          assignment: Buffer.from(memberId),
        }));
        return this.groups.syncGroup(syncRequest(member, { assignments }));
      }),
    );
  }

  async stableGroup(
    size: number,
    wanted: Partial<JoinGroupRequest> = {},
  ): Promise<readonly JoinGroupResponse[]> {
    const ids: string[] = [];
    for (let count = 0; count < size; count++)
      ids.push((await this.groups.joinGroup(joinRequest(wanted), context(9))).memberId);
    const joins = ids.map((memberId) =>
      this.groups.joinGroup(joinRequest({ ...wanted, memberId }), context(9)),
    );
    const joined = await Promise.all(joins);
    await this.syncAll(joined);
    return joined;
  }

  async fetched(partition = 0, { groupId = 'group', topic = 'orders', requireStable = false } = {}) {
    const topics = [{ name: topic, topicId: zeroUuid, partitionIndexes: [partition] }];
    const groups = [{ groupId, memberId: null, memberEpoch: -1, topics }];
    const request = { groupId: '', topics: null, groups, requireStable };
    const answer = await this.groups.offsetFetch(request, context(9));
    return answer.groups![0]!.topics[0]!.partitions[0]!;
  }

  async commit(offset: number, wanted: Partial<OffsetCommitRequest> = {}, version = 9): Promise<number> {
    const answer = await this.groups.offsetCommit(commitRequest(offset, wanted), context(version));
    return answer.topics[0]!.partitions[0]!.errorCode;
  }
}

/** Runs a test in virtual time. */
export function withGroups(
  work: (fixture: GroupFixture) => Promise<void>,
  settings: Partial<GroupSettings> = {},
): () => Promise<void> {
  return () => {
    const simulation = new Simulation({ seed: 1 });
    return simulation.run(async () => {
      const fixture = new GroupFixture(simulation, settings);
      await fixture.open();
      await work(fixture);
      await fixture.groups.close();
    });
  };
}

export function context(version: number): GroupContext {
  return { version, clientId: 'client', clientHost: '127.0.0.1' };
}

export function joinRequest(wanted: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
  return {
    groupId: 'group',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 60_000,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription(['orders']) }],
    reason: null,
    ...wanted,
  };
}

export function syncRequest(
  joined: JoinGroupResponse,
  wanted: Partial<SyncGroupRequest> = {},
): SyncGroupRequest {
  return {
    groupId: 'group',
    generationId: joined.generationId ?? -1,
    memberId: joined.memberId,
    groupInstanceId: null,
    protocolType: null,
    protocolName: null,
    assignments: [],
    ...wanted,
  };
}

export function commitRequest(
  offset: number,
  wanted: Partial<OffsetCommitRequest> = {},
): OffsetCommitRequest {
  const partition = {
    partitionIndex: 0,
    committedOffset: offset,
    committedLeaderEpoch: 3,
    committedMetadata: 'm',
  };
  return {
    groupId: 'group',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [{ name: 'orders', topicId: zeroUuid, partitions: [partition] }],
    ...wanted,
  };
}

export function beat(wanted: Partial<ConsumerGroupHeartbeatRequest>): ConsumerGroupHeartbeatRequest {
  return {
    groupId: 'group',
    memberId: 'a',
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    subscribedTopicNames: null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: null,
    ...wanted,
  };
}

/** What a client of the consumer protocol sends first. */
export function joinBeat(wanted: Partial<ConsumerGroupHeartbeatRequest>): ConsumerGroupHeartbeatRequest {
  const first = { rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['orders'], topicPartitions: [] };
  return beat({ ...first, ...wanted });
}

export function subscription(topics: readonly string[]): Uint8Array {
  const writer = new Writer();
  writer.int16(0);
  encodeConsumerProtocolSubscription(
    writer,
    { topics, userData: null, ownedPartitions: [], generationId: -1, rackId: null },
    0,
  );
  return Buffer.concat(writer.finish());
}
