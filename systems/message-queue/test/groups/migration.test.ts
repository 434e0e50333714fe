// Groups that go from one protocol to the other while they have members (KIP-848): heartbeat by heartbeat, as clients of both
// protocols send them when they are replaced one after the other.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaErrors } from '../../src/errors.ts';
import { assignedPartitions } from '../../src/groups/classic/subscribed-topics.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../src/kafka/messages/consumer-group-heartbeat-request.ts';
import { encodeConsumerProtocolSubscription } from '../../src/kafka/messages/consumer-protocol-subscription.ts';
import type { JoinGroupRequest } from '../../src/kafka/messages/join-group-request.ts';
import type { Uuid } from '../../src/kafka/wire/values.ts';
import { Writer } from '../../src/kafka/wire/writer.ts';
import {
  beat,
  context,
  type GroupFixture,
  joinBeat,
  joinRequest,
  subscription,
  syncRequest,
  withGroups,
} from './group-fixture.ts';

const code = (name: keyof typeof kafkaErrors) => kafkaErrors[name].code;
const rebalanceInProgress = code('REBALANCE_IN_PROGRESS');

/** A client of the classic protocol with the cooperative assignor: it goes on with what it has while it joins. */
class Classic {
  readonly #fixture: GroupFixture;
  readonly #wanted: Partial<JoinGroupRequest>;
  memberId = '';
  generation = -1;
  owned: readonly number[] = [];

  constructor(fixture: GroupFixture, wanted: Partial<JoinGroupRequest> = {}) {
    this.#fixture = fixture;
    this.#wanted = wanted;
  }

  get #identity() {
    return { memberId: this.memberId, groupInstanceId: this.#wanted.groupInstanceId ?? null };
  }

  /** Joins and syncs; the error that it got. */
  async join(): Promise<number> {
    const protocols = [{ name: 'cooperative-sticky', metadata: owning(this.owned) }];
    const request = { protocols, ...this.#wanted, memberId: this.memberId };
    const joined = await this.#fixture.join(request);
    this.memberId = joined.memberId;
    if (joined.errorCode !== 0) return joined.errorCode;
    this.generation = joined.generationId!;
    const assignments = joined.members.length > 0 ? await this.#assignments(joined.members) : [];
    const { groupInstanceId } = this.#identity;
    const synced = await this.#fixture.groups.syncGroup(
      syncRequest(joined, { groupInstanceId, assignments }),
    );
    if (synced.errorCode !== 0) return synced.errorCode;
    this.owned = assignedPartitions(synced.assignment)!.flatMap(({ partitions }) => partitions);
    return 0;
  }

  async beat(): Promise<number> {
    const request = { groupId: 'group', generationId: this.generation, ...this.#identity };
    return (await this.#fixture.groups.heartbeat(request)).errorCode;
  }

  /** Beats, and joins again as often as it is told to. */
  async settle(): Promise<void> {
    for (let turns = 0; turns < 10 && (await this.beat()) !== 0; turns++) await this.join();
  }

  async leave(): Promise<void> {
    const members = [{ ...this.#identity, reason: null }];
    const answer = await this.#fixture.groups.leaveGroup(
      { groupId: 'group', memberId: '', members },
      context(5),
    );
    assert.equal(answer.members?.[0]?.errorCode, 0);
  }

  commit(offset: number): Promise<number> {
    const { memberId, generation: generationIdOrMemberEpoch } = this;
    return this.#fixture.commit(offset, { memberId, generationIdOrMemberEpoch }, 8);
  }

  #assignments(members: readonly { readonly memberId: string }[]) {
    const count = this.#fixture.topics.find('orders')!.partitionCount;
    return members.map(({ memberId }, index) => ({
      memberId,
      assignment: assignment(
        Array.from({ length: count }, (_, number) => number).filter((n) => n % members.length === index),
      ),
    }));
  }
}

/** The subscription of a cooperative client that has these. */
function owning(partitions: readonly number[]): Uint8Array {
  const writer = new Writer();
  writer.int16(1);
  const ownedPartitions = partitions.length === 0 ? [] : [{ topic: 'orders', partitions }];
  const subscription = {
    topics: ['orders'],
    userData: null,
    ownedPartitions,
    generationId: -1,
    rackId: null,
  };
  encodeConsumerProtocolSubscription(writer, subscription, 1);
  return Buffer.concat(writer.finish());
}

/** A client of the consumer protocol that does at once what it is told. */
class Consumer {
  readonly #fixture: GroupFixture;
  readonly memberId: string;
  readonly instanceId: string | null;
  epoch = 0;
  owned: readonly number[] = [];

  constructor(fixture: GroupFixture, memberId: string, instanceId: string | null = null) {
    this.#fixture = fixture;
    this.memberId = memberId;
    this.instanceId = instanceId;
  }

  async beat(wanted: Partial<ConsumerGroupHeartbeatRequest> = {}): Promise<number> {
    const { memberId, instanceId, epoch: memberEpoch } = this;
    const topicId = this.#fixture.topics.find('orders')!.topicId as Uuid;
    const topicPartitions = this.owned.length === 0 ? [] : [{ topicId, partitions: this.owned }];
    const make = memberEpoch === 0 ? joinBeat : beat;
    const request = make({ memberId, instanceId, memberEpoch, topicPartitions, ...wanted });
    const answer = await this.#fixture.groups.consumerGroupHeartbeat(request, context(1));
    if (answer.errorCode !== 0) return answer.errorCode;
    this.epoch = answer.memberEpoch;
    if (answer.assignment)
      this.owned = answer.assignment.topicPartitions.flatMap(({ partitions }) => partitions);
    return 0;
  }

  async leave(): Promise<void> {
    assert.equal(await this.beat({ memberEpoch: -1 }), 0);
  }
}

function assignment(partitions: readonly number[]): Uint8Array {
  const writer = new Writer();
  writer.int16(1);
  const assignedPartitions = partitions.length === 0 ? [] : [{ topic: 'orders', partitions }];
  writer.array(
    false,
    assignedPartitions,
    (to, { topic, partitions: numbers }) => {
      to.string(false, topic);
      to.array(false, numbers, (number, value) => number.int32(value), 1);
    },
    1,
  );
  writer.nullableBytes(false, null);
  return Buffer.concat(writer.finish());
}

/** At no time two of them have a partition. */
async function settle(members: readonly (Classic | Consumer)[]): Promise<void> {
  for (let turns = 0; turns < 6; turns++)
    for (const member of members) {
      if (member instanceof Classic) await member.settle();
      else assert.equal(await member.beat(), 0);
      const all = members.flatMap(({ owned }) => owned);
      assert.equal(new Set(all).size, all.length, 'two have a partition');
    }
}

function typeOf(fixture: GroupFixture): string | undefined {
  return fixture.groups.listGroups({ statesFilter: [], typesFilter: [] }).groups[0]?.groupType;
}

const allOf = (members: readonly { readonly owned: readonly number[] }[]) =>
  members.flatMap(({ owned }) => [...owned]).sort();

async function classicGroup(fixture: GroupFixture, size: number): Promise<readonly Classic[]> {
  const members = Array.from({ length: size }, () => new Classic(fixture));
  await Promise.all(members.map((member) => member.join()));
  for (const member of members) await member.settle();
  assert.deepEqual(allOf(members), [0, 1, 2, 3]);
  return members;
}

test(
  'the members of a classic group are replaced one after the other by such of the consumer protocol, and nobody stops',
  withGroups(async (fixture) => {
    const [a, b] = (await classicGroup(fixture, 2)) as [Classic, Classic];
    assert.equal(await a.commit(7), 0);
    const had = [a.owned, b.owned];
    const c = new Consumer(fixture, 'c');
    assert.equal(await c.beat(), 0);
    assert.deepEqual([typeOf(fixture), c.owned], ['consumer', []], 'what they have stays theirs');
    assert.ok(c.epoch > a.generation, 'epochs go on where generations are');
    assert.deepEqual([await a.commit(8), await b.beat()], [0, rebalanceInProgress]);
    assert.deepEqual([a.owned, b.owned], had);
    await settle([a, b, c]);
    assert.deepEqual(allOf([a, b, c]), [0, 1, 2, 3]);
    assert.ok([a, b, c].every(({ owned }) => owned.length > 0));
    assert.equal((await fixture.fetched()).committedOffset, 8);
    await a.leave();
    const d = new Consumer(fixture, 'd');
    await settle([b, c, d]);
    await b.leave();
    await settle([c, d]);
    assert.deepEqual([allOf([c, d]), typeOf(fixture)], [[0, 1, 2, 3], 'consumer']);
  }),
);

test(
  'a group goes back to the classic protocol with the last member of the consumer protocol, and has a rebalance',
  withGroups(async (fixture) => {
    const c = new Consumer(fixture, 'c');
    await c.beat();
    const a = new Classic(fixture);
    const b = new Classic(fixture);
    await a.join();
    await settle([a, c]);
    await b.join();
    await settle([a, b, c]);
    assert.equal(typeOf(fixture), 'consumer');
    await c.leave();
    assert.equal(typeOf(fixture), 'classic');
    const { generation } = a;
    assert.deepEqual([await a.beat(), await a.commit(5)], [rebalanceInProgress, 0], 'nobody is fenced');
    assert.equal(await c.beat(), code('GROUP_ID_NOT_FOUND'));
    await Promise.all([a.join(), b.join()]);
    assert.deepEqual(allOf([a, b]), [0, 1, 2, 3]);
    assert.ok(a.generation > generation && a.generation === b.generation);
    assert.equal(await a.beat(), 0);
  }),
);

test(
  'a kill between the end of the consumer protocol and the rebalance leaves no partition to nobody',
  withGroups(async (fixture) => {
    const c = new Consumer(fixture, 'c');
    await c.beat();
    const a = new Classic(fixture);
    await a.join();
    await settle([a, c]);
    assert.equal(a.owned.length, 2);
    await c.leave();
    await fixture.restart();
    assert.deepEqual([typeOf(fixture), await a.beat()], ['classic', rebalanceInProgress]);
    await a.settle();
    assert.deepEqual(allOf([a]), [0, 1, 2, 3]);
    await fixture.restart();
    assert.equal(await a.beat(), 0, 'and it is due once');
  }),
);

test(
  'after a kill members of both protocols go on where they were, each by its own session',
  withGroups(async (fixture) => {
    const [a] = (await classicGroup(fixture, 1)) as [Classic];
    const c = new Consumer(fixture, 'c');
    await c.beat();
    await settle([a, c]);
    await fixture.restart();
    assert.deepEqual([await a.beat(), await c.beat(), typeOf(fixture)], [0, 0, 'consumer']);
    await fixture.sleep(11_000);
    assert.equal(await c.beat(), 0);
    assert.equal(await a.beat(), code('UNKNOWN_MEMBER_ID'), 'its session of 10 s is over');
    await settle([c]);
    assert.deepEqual(allOf([c]), [0, 1, 2, 3]);
    const members = fixture.groups.consumerGroupDescribe({
      groupIds: ['group'],
      includeAuthorizedOperations: false,
    });
    assert.deepEqual(
      members.groups[0]?.members.map(({ memberType }) => memberType),
      [1],
    );
    await a.join();
    const both = fixture.groups.consumerGroupDescribe({
      groupIds: ['group'],
      includeAuthorizedOperations: false,
    });
    assert.deepEqual(
      both.groups[0]?.members.map(({ memberType }) => memberType),
      [1, 0],
    );
  }),
);

test(
  'a partition goes between members of the two protocols only when who has it gave it up',
  withGroups(async (fixture) => {
    const c = new Consumer(fixture, 'c');
    await c.beat();
    const a = new Classic(fixture);
    assert.equal(await a.join(), 0);
    assert.deepEqual([c.owned.length, a.owned], [4, []]);
    assert.equal(await a.beat(), 0, 'nothing is free yet');
    await c.beat();
    assert.equal(await a.beat(), 0, 'it was told to give up two, and did not say that it has');
    await c.beat();
    assert.equal(await a.beat(), rebalanceInProgress, 'now they are free');
    assert.equal(await a.join(), 0);
    assert.deepEqual(allOf([a, c]), [0, 1, 2, 3]);
    const d = new Consumer(fixture, 'd');
    await d.beat();
    assert.equal(await a.beat(), rebalanceInProgress);
    await settle([a, c, d]);
    assert.deepEqual(allOf([a, c, d]), [0, 1, 2, 3]);
  }),
);

test(
  'a classic member that does not join, or does not sync, within its rebalance timeout is left out',
  withGroups(async (fixture) => {
    const c = new Consumer(fixture, 'c');
    await c.beat();
    const late = new Classic(fixture, { rebalanceTimeoutMs: 4_000, sessionTimeoutMs: 30_000 });
    await late.join();
    await settle([late, c]);
    await new Consumer(fixture, 'd').beat();
    assert.equal(await late.beat(), rebalanceInProgress);
    await fixture.sleep(3_000);
    assert.equal(await late.beat(), rebalanceInProgress);
    await fixture.sleep(1_100);
    assert.equal(await late.beat(), code('UNKNOWN_MEMBER_ID'), 'heartbeats alone do not do');
    const joined = await fixture.join({ rebalanceTimeoutMs: 4_000, sessionTimeoutMs: 30_000 });
    assert.equal(joined.errorCode, 0);
    await fixture.sleep(4_100);
    const synced = await fixture.groups.syncGroup(syncRequest(joined));
    assert.equal(synced.errorCode, code('UNKNOWN_MEMBER_ID'));
  }),
);

test(
  'static members change the protocol under their instance and keep what they have; the one before is fenced',
  withGroups(async (fixture) => {
    const a = new Classic(fixture, { groupInstanceId: 'i1' });
    const b = new Classic(fixture, { groupInstanceId: 'i2' });
    await Promise.all([a.join(), b.join()]);
    await settle([a, b]);
    const upgraded = new Consumer(fixture, 'c', 'i1');
    assert.equal(await upgraded.beat(), 0);
    assert.deepEqual(upgraded.owned, a.owned);
    assert.equal(await a.beat(), code('FENCED_INSTANCE_ID'));
    await settle([b, upgraded]);
    const back = new Classic(fixture, { groupInstanceId: 'i1' });
    await Promise.all([back.join(), b.beat()]);
    assert.equal(typeOf(fixture), 'classic');
    assert.equal(await upgraded.beat(), code('GROUP_ID_NOT_FOUND'));
    await Promise.all([back.join(), b.join()]);
    await settle([back, b]);
    assert.deepEqual(allOf([back, b]), [0, 1, 2, 3]);
  }),
);

test(
  'who waits in a rebalance of a classic group when it changes its protocol is told to join again',
  withGroups(async (fixture) => {
    const [a] = (await classicGroup(fixture, 1)) as [Classic];
    const b = new Classic(fixture);
    const waits = b.join();
    await fixture.sleep(100);
    const c = new Consumer(fixture, 'c');
    assert.deepEqual([await c.beat(), await waits], [0, rebalanceInProgress]);
    await b.join();
    await settle([a, b, c]);
    assert.deepEqual([allOf([a, b, c]), typeOf(fixture)], [[0, 1, 2, 3], 'consumer']);
  }),
);

test(
  'a group whose members say nothing that the broker can read stays classic, and so does one that refuses the newcomer',
  withGroups(
    async (fixture) => {
      const [member] = await fixture.stableGroup(1, {
        protocolType: 'connect',
        protocols: [{ name: 'sessioned', metadata: Buffer.from('v2') }],
      });
      const c = new Consumer(fixture, 'c');
      assert.equal(await c.beat(), code('GROUP_ID_NOT_FOUND'));
      const members = [{ memberId: member!.memberId, groupInstanceId: null, reason: null }];
      await fixture.groups.leaveGroup({ groupId: 'group', memberId: '', members }, context(5));
      await classicGroup(fixture, 2);
      assert.equal(await c.beat(), code('GROUP_MAX_SIZE_REACHED'));
      assert.equal(typeOf(fixture), 'classic');
    },
    { membersMax: 2 },
  ),
);

test(
  'a classic client that has no protocol in common with the others, or is of another kind, does not join a consumer group',
  withGroups(async (fixture) => {
    const c = new Consumer(fixture, 'c');
    await c.beat();
    const a = new Classic(fixture);
    await a.join();
    const inconsistent = code('INCONSISTENT_GROUP_PROTOCOL');
    assert.equal((await fixture.join()).errorCode, inconsistent, 'range and cooperative-sticky');
    const connect = { protocolType: 'connect', protocols: [{ name: 'x', metadata: Buffer.from('x') }] };
    assert.equal((await fixture.join(connect)).errorCode, inconsistent);
    const taken = await fixture.groups.joinGroup(joinRequest({ memberId: 'c' }), context(9));
    assert.equal(taken.errorCode, inconsistent);
    await settle([a, c]);
    assert.equal(
      await c.beat({ memberId: a.memberId, memberEpoch: a.generation }),
      code('UNKNOWN_MEMBER_ID'),
    );
    assert.equal(await a.commit(3), 0);
    a.generation -= 1;
    assert.equal(await a.commit(3), code('ILLEGAL_GENERATION'));
  }),
);

test(
  "what a classic member is giving up when the group goes back to its protocol is nobody else's before it joined again",
  withGroups(async (fixture) => {
    const c = new Consumer(fixture, 'c');
    await c.beat();
    const a = new Classic(fixture);
    await a.join();
    await settle([a, c]);
    const had = a.owned;
    const others = ['d', 'e', 'f'].map((memberId) => new Consumer(fixture, memberId));
    for (const other of others) await other.beat();
    assert.equal(await a.beat(), rebalanceInProgress);
    await a.join();
    assert.ok(a.owned.length < had.length, 'it is told to give something up, and closes it now');
    for (const other of [c, ...others]) await other.leave();
    assert.equal(typeOf(fixture), 'classic');
    const g = new Consumer(fixture, 'g');
    for (let beats = 0; beats < 3; beats++) assert.equal(await g.beat(), 0);
    assert.deepEqual(
      g.owned.filter((partition) => had.includes(partition)),
      [],
    );
    await settle([a, g]);
    assert.deepEqual(allOf([a, g]), [0, 1, 2, 3]);
  }),
);

test(
  'who asks for its assignment by the protocol that the classic group agreed on is told to join again, not that it is inconsistent',
  withGroups(async (fixture) => {
    const metadata = subscription(['orders']);
    const named = (...names: readonly string[]) => ({ protocols: names.map((name) => ({ name, metadata })) });
    const joins = [named('range'), named('roundrobin', 'range')].map((wanted) => fixture.join(wanted));
    const joined = await Promise.all(joins);
    assert.equal(await new Consumer(fixture, 'c').beat(), 0);
    for (const answer of joined) {
      const { protocolName, protocolType } = answer;
      assert.equal(protocolName, 'range');
      const synced = await fixture.groups.syncGroup(
        syncRequest(answer, { protocolName, protocolType: protocolType! }),
      );
      assert.equal(synced.errorCode, rebalanceInProgress);
    }
  }),
);

test(
  "what the leader of a classic group takes away from a cooperative member is nobody else's before it joined again",
  withGroups(async (fixture) => {
    const protocols = (owned: readonly number[]) => [{ name: 'cooperative-sticky', metadata: owning(owned) }];
    const joins = [[0, 1, 2], [3]].map((owned) => fixture.join({ protocols: protocols(owned) }));
    const joined = await Promise.all(joins);
    const given = [[0], [3]];
    const assignments = joined.map(({ memberId }, index) => ({
      memberId,
      assignment: assignment(given[index]!),
    }));
    for (const answer of joined) {
      const sync = syncRequest(answer, { assignments: answer.members.length > 0 ? assignments : [] });
      assert.equal((await fixture.groups.syncGroup(sync)).errorCode, 0);
    }
    const c = new Consumer(fixture, 'c');
    for (let beats = 0; beats < 3; beats++) assert.equal(await c.beat(), 0);
    assert.deepEqual(c.owned, [], 'the first closes 1 and 2 now');
    const [{ memberId }] = joined as [(typeof joined)[0]];
    await fixture.join({ memberId, protocols: protocols([0]) });
    await c.beat();
    assert.ok(c.owned.length > 0);
  }),
);
