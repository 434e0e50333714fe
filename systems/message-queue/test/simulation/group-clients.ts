// Clients of the two protocols, as a simulation runs them: each does one thing after the other, until it is stopped or dies.

import assert from 'node:assert/strict';
import { kafkaErrors } from '../../src/errors.ts';
import { assignedPartitions } from '../../src/groups/classic/subscribed-topics.ts';
import type { GroupCoordinator } from '../../src/groups/group-coordinator.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../src/kafka/messages/consumer-group-heartbeat-request.ts';
import { encodeConsumerProtocolAssignment } from '../../src/kafka/messages/consumer-protocol-assignment.ts';
import type { JoinGroupResponse } from '../../src/kafka/messages/join-group-response.ts';
import { type Uuid, zeroUuid } from '../../src/kafka/wire/values.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';
import { beat, context, joinBeat, joinRequest, syncRequest } from '../groups/group-fixture.ts';
import type { GroupObserver } from './group-observer.ts';

export type ClientWorld = {
  readonly observer: GroupObserver;
  /** Undefined: the broker died, or is down. */
  call<Response>(work: (groups: GroupCoordinator) => Promise<Response>): Promise<Response | undefined>;
  sleep(ms: number): Promise<void>;
  partitionCount(): number;
  topicId(): Uuid;
  isMember(memberId: string): boolean;
  /** Whether the user may describe the topic now. */
  maySee(user: string): boolean;
};

const code = (name: keyof typeof kafkaErrors): number => kafkaErrors[name].code;
const topic = 'orders';
const beatMs = 1_000;

export abstract class GroupClient {
  readonly name: string;
  readonly instanceId: string | null;
  protected readonly world: ClientWorld;
  readonly group: string;
  /** Dead clients do nothing more, not even with the answer that they wait for. */
  isDead = false;
  isLeaving = false;
  stallMs = 0;
  owned: ReadonlySet<number> = new Set();
  /** A generation, or an epoch. */
  generation = 0;
  memberId = '';

  constructor(world: ClientWorld, options: { name: string; group: string; instanceId: string | null }) {
    this.world = world;
    this.name = options.name;
    this.group = options.group;
    this.instanceId = options.instanceId;
  }

  async run(): Promise<void> {
    while (!this.isDead && !this.isLeaving) {
      await this.turn();
      await this.world.sleep(beatMs + this.stallMs);
      this.stallMs = 0;
    }
    if (!this.isDead) await this.leave();
    this.owned = new Set();
  }

  protected abstract turn(): Promise<void>;
  protected abstract leave(): Promise<void>;
  protected abstract rejoin(): void;

  /** Of every partition that it has. */
  protected async commit(): Promise<void> {
    const { observer } = this.world;
    const { generation, memberId } = this;
    const offset = observer.nextOffset();
    const settled = observer.settledGeneration;
    const partitions = [...this.owned].map((partitionIndex) => ({
      partitionIndex,
      committedOffset: offset,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }));
    const request = {
      groupId: this.group,
      generationIdOrMemberEpoch: generation,
      memberId,
      groupInstanceId: this.instanceId,
      retentionTimeMs: -1,
      topics: [{ name: topic, topicId: zeroUuid, partitions }],
    };
    const answer = await this.world.call((groups) => groups.offsetCommit(request, context(9)));
    for (const { partitionIndex, errorCode } of answer?.topics[0]?.partitions ?? []) {
      if (errorCode !== 0) continue;
      const isFenced = this.group === 'classic' && generation < settled;
      assert(!isFenced, `a commit of generation ${generation} was taken when ${settled} had begun`);
      observer.acknowledged(this.group, partitionIndex, offset);
    }
  }

  /** What it begins to consume goes on where its last owner was. */
  protected async fetch(partitions: Iterable<number>): Promise<void> {
    const { observer } = this.world;
    const least = new Map(
      [...partitions].map((partition) => [partition, observer.leastOffset(this.group, partition)]),
    );
    const topics = [{ name: topic, topicId: zeroUuid, partitionIndexes: [...least.keys()] }];
    const groups = [{ groupId: this.group, memberId: null, memberEpoch: -1, topics }];
    const request = { groupId: '', topics: null, groups, requireStable: true };
    const answer = await this.world.call((coordinator) => coordinator.offsetFetch(request, context(9)));
    for (const found of answer?.groups?.[0]?.topics[0]?.partitions ?? [])
      assert(
        found.errorCode !== 0 || found.committedOffset >= least.get(found.partitionIndex)!,
        `partition ${found.partitionIndex} of ${this.group} is at ${found.committedOffset}, ${least.get(found.partitionIndex)} was acknowledged`,
      );
  }
}

export class ClassicClient extends GroupClient {
  #isIn = false;

  protected override async turn(): Promise<void> {
    if (!this.#isIn) return this.#join();
    if (this.owned.size > 0) await this.commit();
    const { memberId, generation: generationId, instanceId: groupInstanceId } = this;
    const request = { groupId: this.group, memberId, generationId, groupInstanceId };
    const answer = await this.world.call((groups) => groups.heartbeat(request));
    if (answer !== undefined) this.#take(answer.errorCode);
  }

  protected override async leave(): Promise<void> {
    if (this.memberId === '' || this.instanceId !== null) return;
    const members = [{ memberId: this.memberId, groupInstanceId: null, reason: null }];
    const request = { groupId: this.group, memberId: '', members };
    await this.world.call((groups) => groups.leaveGroup(request, context(5)));
  }

  protected override rejoin(): void {
    this.#isIn = false;
    this.owned = new Set();
    this.world.observer.lost(this.memberId);
  }

  #take(errorCode: number): void {
    if (errorCode === 0 || errorCode === code('COORDINATOR_NOT_AVAILABLE')) return;
    if (errorCode === code('COORDINATOR_LOAD_IN_PROGRESS')) return;
    this.rejoin();
    // The id is another's, or nobody's.
    if ([code('UNKNOWN_MEMBER_ID'), code('FENCED_INSTANCE_ID')].includes(errorCode)) this.memberId = '';
  }

  async #join(): Promise<void> {
    const request = joinRequest({
      groupId: this.group,
      memberId: this.memberId,
      groupInstanceId: this.instanceId,
      sessionTimeoutMs: 6_000,
      rebalanceTimeoutMs: 8_000,
    });
    const joined = await this.world.call((groups) => groups.joinGroup(request, context(9)));
    if (joined === undefined || this.isDead) return;
    if (joined.errorCode === code('MEMBER_ID_REQUIRED')) {
      this.memberId = joined.memberId;
      return this.#join();
    }
    if (joined.errorCode !== 0) return this.#take(joined.errorCode);
    this.memberId = joined.memberId;
    await this.#sync(joined);
  }

  async #sync(joined: JoinGroupResponse): Promise<void> {
    const generation = joined.generationId ?? -1;
    const isLeader = joined.leader === joined.memberId && joined.members.length > 0;
    if (isLeader && !joined.skipAssignment) this.world.observer.led(generation, joined.memberId);
    const assignments = isLeader && !joined.skipAssignment ? this.#assign(joined) : [];
    const request = syncRequest(joined, {
      groupId: this.group,
      groupInstanceId: this.instanceId,
      assignments,
    });
    const answer = await this.world.call((groups) => groups.syncGroup(request));
    if (answer === undefined || this.isDead) return;
    if (answer.errorCode !== 0) return this.#take(answer.errorCode);
    const owned = assignedPartitions(answer.assignment)!.flatMap(({ partitions }) => partitions);
    // A static member under a new id has what it had.
    this.world.observer.synced(generation, this.instanceId ?? joined.memberId, owned);
    this.generation = generation;
    this.#isIn = true;
    this.owned = new Set(owned);
    // Of a static member the generation decides: it keeps its place although it is silent.
    const { observer, isMember } = this.world;
    if (this.group === 'mixed')
      observer.holds(this.memberId, { partitions: this.owned, epoch: generation }, isMember);
    await this.fetch(owned);
  }

  #assign({ members }: JoinGroupResponse) {
    const count = this.world.partitionCount();
    return members.map(({ memberId }, index) => {
      const own = Array.from({ length: count }, (_, number) => number).filter(
        (number) => number % members.length === index,
      );
      return { memberId, assignment: assignment(own) };
    });
  }
}

function assignment(partitions: readonly number[]): Uint8Array {
  const writer = new Writer();
  writer.int16(0);
  const assignedPartitions = partitions.length === 0 ? [] : [{ topic, partitions }];
  encodeConsumerProtocolAssignment(writer, { assignedPartitions, userData: null }, 0);
  return Buffer.concat(writer.finish());
}

/** Subscribes by an expression, and then gets what its user may describe; or by name. */
export class ConsumerClient extends GroupClient {
  readonly user: string;
  readonly #byExpression: boolean;
  /** The answer may be lost: so it says everything again. */
  #saysAll = true;

  constructor(
    world: ClientWorld,
    options: ConstructorParameters<typeof GroupClient>[1] & { user: string; byExpression: boolean },
  ) {
    super(world, options);
    this.user = options.user;
    this.#byExpression = options.byExpression;
  }

  protected override async turn(): Promise<void> {
    if (this.owned.size > 0) await this.commit();
    this.memberId ||= this.name;
    const { memberId, instanceId, generation: memberEpoch } = this;
    const wanted = { groupId: this.group, memberId, memberEpoch, instanceId };
    const topicPartitions = [{ topicId: this.world.topicId(), partitions: [...this.owned] }];
    const all = { topicPartitions: memberEpoch === 0 ? [] : topicPartitions };
    const subscription = this.#byExpression && { subscribedTopicNames: null, subscribedTopicRegex: 'ord.*' };
    const request = this.#saysAll
      ? joinBeat({ ...wanted, ...all, ...subscription })
      : beat({ ...wanted, topicPartitions });
    const answer = await this.world.call((groups) => this.#beat(groups, request));
    if (this.isDead) return;
    this.#saysAll = answer === undefined || answer.errorCode !== 0;
    if (answer === undefined) return;
    if (answer.errorCode !== 0) return this.#take(answer.errorCode);
    this.generation = answer.memberEpoch;
    if (answer.assignment)
      await this.#own(answer.assignment.topicPartitions.flatMap(({ partitions }) => partitions));
  }

  /** As the edge does it. */
  async #beat(groups: GroupCoordinator, request: ConsumerGroupHeartbeatRequest) {
    const { user, world } = this;
    const asked = groups.topicsToDescribe(request, { user, clientHost: context(1).clientHost });
    assert(asked === undefined || !('errorCode' in asked), 'the expression is one');
    const topics = world.maySee(user) ? asked?.topics : [];
    // Identity is asked meanwhile.
    if (asked !== undefined) await world.sleep(5);
    const described = asked && topics && { ...asked, topics };
    return groups.consumerGroupHeartbeat(request, { ...context(1), user, ...(described && { described }) });
  }

  protected override async leave(): Promise<void> {
    const memberEpoch = this.instanceId === null ? -1 : -2;
    const request = beat({
      groupId: this.group,
      memberId: this.memberId,
      memberEpoch,
      instanceId: this.instanceId,
    });
    await this.world.call((groups) => groups.consumerGroupHeartbeat(request, context(1)));
    this.world.observer.lost(this.memberId);
  }

  protected override rejoin(): void {
    this.world.observer.lost(this.memberId);
    this.owned = new Set();
    this.generation = 0;
  }

  #take(errorCode: number): void {
    const isFenced = [
      code('UNKNOWN_MEMBER_ID'),
      code('FENCED_MEMBER_EPOCH'),
      code('FENCED_INSTANCE_ID'),
      code('UNRELEASED_INSTANCE_ID'),
      code('GROUP_ID_NOT_FOUND'),
    ].includes(errorCode);
    const isPassing = [code('COORDINATOR_NOT_AVAILABLE'), code('COORDINATOR_LOAD_IN_PROGRESS')].includes(
      errorCode,
    );
    assert(isFenced || isPassing, `a heartbeat was answered with ${errorCode}`);
    if (isFenced) this.rejoin();
  }

  async #own(partitions: readonly number[]): Promise<void> {
    const gained = partitions.filter((partition) => !this.owned.has(partition));
    this.owned = new Set(partitions);
    const { observer, isMember } = this.world;
    observer.holds(this.memberId, { partitions: this.owned, epoch: this.generation }, isMember);
    await this.fetch(gained);
  }
}
