// Groups of the consumer protocol (KIP-848), heartbeat by heartbeat.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { kafkaErrors } from '../../src/errors.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../src/kafka/messages/consumer-group-heartbeat-request.ts';
import type { Uuid } from '../../src/kafka/wire/values.ts';
import { beat, context, type GroupFixture, joinBeat, withGroups } from './group-fixture.ts';

const code = (name: keyof typeof kafkaErrors) => kafkaErrors[name].code;
const send = (fixture: GroupFixture, request: ConsumerGroupHeartbeatRequest, version = 1) =>
  fixture.groups.consumerGroupHeartbeat(request, context(version));

/** A client that does at once what it is told. */
class Client {
  readonly #fixture: GroupFixture;
  readonly memberId: string;
  readonly instanceId: string | null;
  epoch = 0;
  owned: { topicId: Uuid; partitions: number[] }[] = [];

  constructor(fixture: GroupFixture, memberId: string, instanceId: string | null = null) {
    this.#fixture = fixture;
    this.memberId = memberId;
    this.instanceId = instanceId;
  }

  get count(): number {
    return this.owned.reduce((sum, { partitions }) => sum + partitions.length, 0);
  }

  join(wanted: Partial<ConsumerGroupHeartbeatRequest> = {}) {
    this.owned = [];
    return this.#send(joinBeat({ memberId: this.memberId, instanceId: this.instanceId, ...wanted }));
  }

  beat(wanted: Partial<ConsumerGroupHeartbeatRequest> = {}) {
    const { memberId, instanceId, epoch: memberEpoch, owned: topicPartitions } = this;
    return this.#send(beat({ memberId, instanceId, memberEpoch, topicPartitions, ...wanted }));
  }

  async #send(request: ConsumerGroupHeartbeatRequest) {
    const answer = await send(this.#fixture, request);
    if (answer.errorCode !== 0) return answer;
    this.epoch = answer.memberEpoch;
    if (answer.assignment)
      this.owned = answer.assignment.topicPartitions.map(({ topicId, partitions }) => ({
        topicId,
        partitions: [...partitions],
      }));
    return answer;
  }
}

test(
  'a member alone has everything at once',
  withGroups(async (fixture) => {
    const a = new Client(fixture, 'a');
    const joined = await a.join();
    assert.deepEqual([joined.memberEpoch, a.count, joined.heartbeatIntervalMs], [1, 4, 5_000]);
    const quiet = await a.beat();
    assert.deepEqual([quiet.memberEpoch, quiet.assignment], [1, null], 'nothing is said twice');
    const full = await a.beat({ rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['orders'] });
    assert.equal(full.assignment?.topicPartitions[0]?.partitions.length, 4, 'unless all is asked for');
  }),
);

test(
  'a partition goes to another member only when the one that has it said that it gave it up',
  withGroups(async (fixture) => {
    const [a, b] = [new Client(fixture, 'a'), new Client(fixture, 'b')];
    await a.join();
    await b.join();
    assert.equal(b.count, 0);
    const told = await a.beat();
    assert.deepEqual([told.memberEpoch, a.count], [1, 2], 'in its epoch until it has revoked');
    const silent = await a.beat({ topicPartitions: null });
    assert.equal(silent.memberEpoch, 1);
    await b.beat();
    assert.equal(b.count, 0, 'not before');
    const revoked = await a.beat();
    assert.equal(revoked.memberEpoch, 2);
    await b.beat();
    assert.deepEqual([b.count, b.epoch], [2, 2]);
    const { groups } = fixture.groups.consumerGroupDescribe({
      groupIds: ['group'],
      includeAuthorizedOperations: false,
    });
    assert.deepEqual(
      [groups[0]!.groupState, groups[0]!.groupEpoch, groups[0]!.assignorName],
      ['Stable', 2, 'uniform'],
    );
  }),
);

test(
  'who does not revoke within its rebalance timeout is left out, and so is who is silent',
  withGroups(async (fixture) => {
    const [a, b] = [new Client(fixture, 'a'), new Client(fixture, 'b')];
    await a.join({ rebalanceTimeoutMs: 8_000 });
    await b.join();
    await a.beat();
    for (let beats = 0; beats < 3; beats++) {
      await fixture.sleep(3_000);
      await send(fixture, beat({ memberId: 'a', memberEpoch: 1 }));
      await b.beat();
    }
    assert.equal((await a.beat()).errorCode, code('UNKNOWN_MEMBER_ID'));
    await b.beat();
    assert.equal(b.count, 4);
    await fixture.sleep(46_000);
    assert.equal((await b.beat()).errorCode, code('UNKNOWN_MEMBER_ID'));
  }),
);

test(
  'a member in a wrong epoch is fenced, but for one whose last answer was lost',
  withGroups(async (fixture) => {
    const [a, b] = [new Client(fixture, 'a'), new Client(fixture, 'b')];
    await a.join();
    assert.equal((await a.beat({ memberEpoch: 2 })).errorCode, code('FENCED_MEMBER_EPOCH'));
    await b.join();
    await a.beat();
    const owned = a.owned;
    await a.beat();
    assert.equal(a.epoch, 2);
    const lost = await send(fixture, beat({ memberId: 'a', memberEpoch: 1, topicPartitions: owned }));
    assert.deepEqual([lost.errorCode, lost.memberEpoch], [0, 2]);
    const without = await send(fixture, beat({ memberId: 'a', memberEpoch: 1 }));
    assert.equal(without.errorCode, code('FENCED_MEMBER_EPOCH'));
    const commit = { generationIdOrMemberEpoch: 1, memberId: 'a' };
    assert.equal(await fixture.commit(5, commit), code('STALE_MEMBER_EPOCH'));
    assert.equal(await fixture.commit(5, { ...commit, generationIdOrMemberEpoch: 2 }), 0);
    assert.equal(
      await fixture.commit(5, { ...commit, generationIdOrMemberEpoch: 2 }, 8),
      code('UNSUPPORTED_VERSION'),
    );
    assert.equal(await fixture.commit(5, { ...commit, memberId: 'x' }), code('UNKNOWN_MEMBER_ID'));
    assert.equal(
      await fixture.commit(5),
      code('UNKNOWN_MEMBER_ID'),
      'nobody else commits to a group with members',
    );
  }),
);

test(
  'a static member that left for a while finds its partitions, under another id too',
  withGroups(async (fixture) => {
    const [a, other] = [new Client(fixture, 'a', 'i1'), new Client(fixture, 'b', 'i2')];
    await a.join();
    await other.join();
    await a.beat();
    await a.beat();
    await other.beat();
    assert.deepEqual([a.count, other.count], [2, 2]);
    const thief = new Client(fixture, 'c', 'i1');
    assert.equal((await thief.join()).errorCode, code('UNRELEASED_INSTANCE_ID'));
    const had = a.owned;
    assert.equal((await a.beat({ memberEpoch: -2 })).memberEpoch, -2);
    const back = await thief.join();
    assert.deepEqual([back.errorCode, back.memberEpoch, thief.owned], [0, 2, had]);
    assert.equal((await a.beat({ memberEpoch: 2 })).errorCode, code('FENCED_INSTANCE_ID'));
    assert.equal((await other.beat()).memberEpoch, 2, 'nobody else hears of it');
    assert.equal((await thief.beat({ memberEpoch: -1 })).memberEpoch, -1);
    await other.beat();
    assert.equal(other.count, 4);
  }),
);

test(
  'new topics and partitions are assigned, deleted ones taken away; an expression follows the topics',
  withGroups(async (fixture) => {
    const { topics } = fixture;
    const a = new Client(fixture, 'a');
    await a.join({ subscribedTopicNames: ['none'], subscribedTopicRegex: 'order.*' });
    assert.equal(a.count, 4);
    topics.set('orders', 6);
    await a.beat();
    assert.equal(a.count, 6);
    topics.set('orders-eu', 3);
    topics.set('bills', 3);
    await a.beat();
    assert.equal(a.count, 9);
    topics.delete('orders');
    await a.beat();
    await a.beat();
    assert.equal(a.count, 3);
    await a.beat({ subscribedTopicRegex: '', subscribedTopicNames: ['bills'] });
    await a.beat();
    assert.deepEqual(
      a.owned.map(({ topicId }) => topicId),
      [topics.find('bills')!.topicId],
    );
    assert.equal((await a.beat({ subscribedTopicRegex: '(' })).errorCode, code('INVALID_REGULAR_EXPRESSION'));
  }),
);

test(
  'the assignor that most members ask for is used',
  withGroups(async (fixture) => {
    fixture.topics.set('bills', 4);
    const [a, b] = [new Client(fixture, 'a'), new Client(fixture, 'b')];
    const wanted = { serverAssignor: 'range', subscribedTopicNames: ['orders', 'bills'] };
    await a.join(wanted);
    await b.join(wanted);
    await a.beat();
    await a.beat();
    await b.beat();
    const numbers = (client: Client) => client.owned.map(({ partitions }) => partitions);
    assert.deepEqual(
      [numbers(a), numbers(b)],
      [
        [
          [0, 1],
          [0, 1],
        ],
        [
          [2, 3],
          [2, 3],
        ],
      ],
    );
    const wrong = await a.beat({ serverAssignor: 'best' });
    assert.equal(wrong.errorCode, code('UNSUPPORTED_ASSIGNOR'));
  }),
);

test(
  'requests that make no sense are refused',
  withGroups(
    async (fixture) => {
      const refusal = async (request: ConsumerGroupHeartbeatRequest, version = 1) =>
        (await send(fixture, request, version)).errorCode;
      assert.equal(await refusal(joinBeat({ memberId: '' })), code('INVALID_REQUEST'));
      assert.equal(await refusal(joinBeat({ memberId: '' }), 0), 0, 'version 0 is given an id');
      assert.equal(
        await refusal(joinBeat({ memberId: 'b', rebalanceTimeoutMs: -1 })),
        code('INVALID_REQUEST'),
      );
      assert.equal(
        await refusal(joinBeat({ memberId: 'b', topicPartitions: null })),
        code('INVALID_REQUEST'),
      );
      assert.equal(
        await refusal(joinBeat({ memberId: 'b', subscribedTopicNames: null })),
        code('INVALID_REQUEST'),
      );
      assert.equal(await refusal(beat({ memberEpoch: -3 })), code('INVALID_REQUEST'));
      assert.equal(await refusal(beat({ memberEpoch: -2 })), code('INVALID_REQUEST'));
      assert.equal(await refusal(beat({ groupId: 'none', memberEpoch: 1 })), code('GROUP_ID_NOT_FOUND'));
      assert.equal(await refusal(beat({ memberEpoch: 1 })), code('UNKNOWN_MEMBER_ID'));
      assert.equal(await refusal(joinBeat({ memberId: 'b' })), 0);
      assert.equal(await refusal(joinBeat({ memberId: 'c' })), code('GROUP_MAX_SIZE_REACHED'));
    },
    { membersMax: 2 },
  ),
);

test(
  'a group that is empty goes from one protocol to the other with its offsets',
  withGroups(async (fixture) => {
    const [classic] = await fixture.stableGroup(1);
    const a = new Client(fixture, 'a');
    const own = { generationIdOrMemberEpoch: 1, memberId: classic!.memberId };
    assert.equal(await fixture.commit(7, own), 0);
    const members = [{ memberId: classic!.memberId, groupInstanceId: null, reason: null }];
    await fixture.groups.leaveGroup({ groupId: 'group', memberId: '', members }, context(5));
    const joined = await a.join();
    assert.equal(joined.errorCode, 0);
    assert.ok(joined.memberEpoch > 2, 'epochs go on where generations ended');
    assert.equal((await fixture.fetched()).committedOffset, 7);
    await a.beat({ memberEpoch: -1 });
    const back = await fixture.join();
    assert.ok(back.errorCode === 0 && back.generationId! > joined.memberEpoch);
  }),
);

test(
  'after a kill members go on in their epochs, and what was to be revoked is still another member’s',
  withGroups(async (fixture) => {
    const [a, b] = [new Client(fixture, 'a'), new Client(fixture, 'b')];
    await a.join();
    await b.join();
    await a.beat();
    await fixture.restart();
    await b.beat();
    assert.deepEqual([b.count, b.epoch], [0, 2]);
    await a.beat();
    await b.beat();
    assert.deepEqual([a.epoch, a.count, b.count], [2, 2, 2]);
  }),
);

test(
  'regression: an expression that takes too long for the topics that there are is refused',
  withGroups(async (fixture) => {
    const random = new SeededRandom(1);
    for (let count = 0; count < 2_000; count++)
      fixture.topics.set(Array.from({ length: 249 }, () => random.pick(['a', 'b'])).join(''), 1);
    const join = (subscribedTopicRegex: string) =>
      fixture.groups.consumerGroupHeartbeat(
        joinBeat({ subscribedTopicNames: null, subscribedTopicRegex }),
        context(1),
      );
    const started = performance.now();
    assert.equal((await join('.*a.{500}')).errorCode, code('INVALID_REGULAR_EXPRESSION'));
    assert(performance.now() - started < 5_000);
    assert.equal((await join('.*a.{3}|order.*')).errorCode, 0);
  }),
);

test(
  'regression: members of a consumer group outlast a pause of the broker',
  withGroups(async (fixture) => {
    const { machine } = fixture;
    const a = new Client(fixture, 'a');
    assert.equal((await a.join()).errorCode, 0);
    machine.stall(300_000);
    const heard = new Promise((resolve) => {
      const read = () => resolve(a.beat().then(({ errorCode }) => errorCode));
      machine.schedule({ label: 'a heartbeat is read', detail: '', delayMs: 100_000 }, read);
    });
    assert.equal(await heard, 0);
    await fixture.sleep(60_000);
    assert.equal((await a.beat()).errorCode, code('UNKNOWN_MEMBER_ID'));
  }),
);
