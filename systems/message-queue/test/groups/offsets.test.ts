// Offsets: who may commit them, who finds them, and when they go.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulatedSqlFaults } from '@cairn/engines';
import { Simulation } from '@cairn/world/simulated';
import { kafkaErrors } from '../../src/errors.ts';
import { zeroUuid } from '../../src/kafka/wire/values.ts';
import { commitRequest, context, GroupFixture, joinBeat, joinRequest, withGroups } from './group-fixture.ts';

const code = (name: keyof typeof kafkaErrors) => kafkaErrors[name].code;
const dayMs = 24 * 60 * 60 * 1_000;

function commitInTransaction(
  fixture: GroupFixture,
  offset: number,
  { producerId = 1, generationId = -1, memberId = '' } = {},
) {
  const { topics, groupId } = commitRequest(offset);
  const producer = { transactionalId: 't', producerId, producerEpoch: 0, groupInstanceId: null };
  return fixture.groups.txnOffsetCommit({ ...producer, groupId, generationId, memberId, topics }, context(4));
}

test(
  'an offset that was committed is there after a kill, with its epoch and metadata; nothing is -1',
  withGroups(async (fixture) => {
    assert.equal(await fixture.commit(42), 0);
    await fixture.restart();
    const { committedOffset, committedLeaderEpoch, metadata } = await fixture.fetched();
    assert.deepEqual([committedOffset, committedLeaderEpoch, metadata], [42, 3, 'm']);
    assert.equal((await fixture.fetched(1)).committedOffset, -1);
    assert.equal((await fixture.fetched(0, { groupId: 'none' })).committedOffset, -1);
    const listed = fixture.groups.listGroups({ statesFilter: [], typesFilter: ['Classic'] });
    assert.deepEqual(
      listed.groups.map(({ groupId, protocolType }) => [groupId, protocolType]),
      [['group', '']],
    );
  }),
);

for (const metadata of ['C ends its strings\0', '\0', '\u0001', '\u0001é\0', 'é'])
  test(
    `what is said with an offset comes back as it was: ${JSON.stringify(metadata)}`,
    withGroups(async (fixture) => {
      const partitions = [
        { partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: metadata },
      ];
      const topics = [{ name: 'orders', topicId: zeroUuid, partitions }];
      const answer = await fixture.groups.offsetCommit(commitRequest(1, { topics }), context(9));
      assert.equal(answer.topics[0]!.partitions[0]!.errorCode, 0);
      await fixture.restart();
      assert.equal((await fixture.fetched()).metadata, metadata);
    }),
  );

test(
  'who commits to a group has to be in its generation; nobody else may while it has members',
  withGroups(async (fixture) => {
    const [a] = await fixture.stableGroup(1);
    const own = { generationIdOrMemberEpoch: 1, memberId: a!.memberId };
    assert.equal(await fixture.commit(1, own), 0);
    assert.equal(await fixture.commit(1), code('UNKNOWN_MEMBER_ID'));
    assert.equal(
      await fixture.commit(1, { ...own, generationIdOrMemberEpoch: 2 }),
      code('ILLEGAL_GENERATION'),
    );
    assert.equal(await fixture.commit(1, { ...own, memberId: 'x' }), code('UNKNOWN_MEMBER_ID'));
    assert.equal(await fixture.commit(1, { ...own, groupInstanceId: 'i' }), code('UNKNOWN_MEMBER_ID'));
    assert.equal(await fixture.commit(1, { ...own, groupId: 'none' }, 8), code('ILLEGAL_GENERATION'));
    assert.equal(await fixture.commit(1, { ...own, groupId: 'none' }), code('GROUP_ID_NOT_FOUND'));
    void fixture.join();
    await fixture.sleep(100);
    assert.equal(await fixture.commit(2, own), 0, 'before it joins again a member commits what it has done');
    await fixture.groups.joinGroup(joinRequest({ memberId: a!.memberId }), context(9));
    const next = { ...own, generationIdOrMemberEpoch: 2 };
    assert.equal(await fixture.commit(3, next), code('REBALANCE_IN_PROGRESS'), 'it has no assignment yet');
  }),
);

test(
  'a member that only commits is alive',
  withGroups(async (fixture) => {
    const [a] = await fixture.stableGroup(1);
    for (let commits = 0; commits < 4; commits++) {
      await fixture.sleep(8_000);
      assert.equal(await fixture.commit(1, { generationIdOrMemberEpoch: 1, memberId: a!.memberId }), 0);
    }
  }),
);

test(
  'partitions that are not there, long metadata and impossible offsets are refused each by itself',
  withGroups(async (fixture) => {
    const partition = { committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: null };
    const partitions = [
      { ...partition, partitionIndex: 0 },
      { ...partition, partitionIndex: 4 },
      { ...partition, partitionIndex: 1, committedMetadata: 'é'.repeat(2_049) },
      { ...partition, partitionIndex: 2, committedOffset: 2 ** 53 },
    ];
    const topics = [
      { name: 'orders', topicId: zeroUuid, partitions },
      { name: 'none', topicId: zeroUuid, partitions: [partitions[0]!] },
      { name: '', topicId: fixture.topics.find('orders')!.topicId, partitions: [partitions[0]!] },
    ];
    const answer = await fixture.groups.offsetCommit(commitRequest(0, { topics }), context(9));
    const codes = answer.topics.map((topic) => topic.partitions.map(({ errorCode }) => errorCode));
    const [unknown, invalid] = [code('UNKNOWN_TOPIC_OR_PARTITION'), code('INVALID_REQUEST')];
    assert.deepEqual(codes, [[0, unknown, code('OFFSET_METADATA_TOO_LARGE'), invalid], [unknown], [0]]);
    assert.equal((await fixture.fetched()).committedOffset, 1);
  }),
);

test(
  'all offsets of a group are fetched, in the old form and the new',
  withGroups(async (fixture) => {
    fixture.topics.set('bills', 200);
    const many = Array.from({ length: 200 }, (_, partitionIndex) => ({
      partitionIndex,
      committedOffset: partitionIndex,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }));
    await fixture.commit(0, { topics: [{ name: 'bills', topicId: zeroUuid, partitions: many }] });
    await fixture.commit(5);
    const request = { groupId: 'group', topics: null, groups: [], requireStable: false };
    const old = await fixture.groups.offsetFetch(request, context(7));
    assert.deepEqual(
      old.topics!.map(({ name, partitions }) => [name, partitions.length]),
      [
        ['orders', 1],
        ['bills', 200],
      ],
    );
    const topicId = fixture.topics.find('bills')!.topicId;
    const topics = [
      { name: '', topicId, partitionIndexes: many.map(({ partitionIndex }) => partitionIndex) },
    ];
    const group = { groupId: 'group', memberId: null, memberEpoch: -1, topics };
    const byId = await fixture.groups.offsetFetch({ ...request, groups: [group] }, context(10));
    assert.deepEqual(
      byId.groups![0]!.topics[0]!.partitions.map(({ committedOffset }) => committedOffset),
      many.map(({ committedOffset }) => committedOffset),
    );
    const unknown = [{ name: '', topicId: 'B'.repeat(22) as typeof topicId, partitionIndexes: [0] }];
    const none = await fixture.groups.offsetFetch(
      { ...request, groups: [{ ...group, topics: unknown }] },
      context(10),
    );
    assert.equal(none.groups![0]!.topics[0]!.partitions[0]!.errorCode, code('UNKNOWN_TOPIC_ID'));
  }),
);

test(
  'offsets of a transaction count when it is committed, and make the partition unstable until it ends',
  withGroups(async (fixture) => {
    await fixture.commit(1);
    const answer = await commitInTransaction(fixture, 10);
    assert.equal(answer.topics[0]!.partitions[0]!.errorCode, 0);
    await fixture.restart();
    assert.equal((await fixture.fetched()).committedOffset, 1);
    const unstable = await fixture.fetched(0, { requireStable: true });
    assert.deepEqual([unstable.errorCode, unstable.committedOffset], [code('UNSTABLE_OFFSET_COMMIT'), -1]);
    await fixture.groups.completeTransactionalOffsets(1, true);
    await fixture.groups.completeTransactionalOffsets(1, true);
    assert.equal((await fixture.fetched(0, { requireStable: true })).committedOffset, 10);
    await commitInTransaction(fixture, 20);
    const commit = commitInTransaction(fixture, 30, { producerId: 2 });
    await fixture.groups.completeTransactionalOffsets(2, false);
    await commit;
    assert.equal(
      (await fixture.fetched(0, { requireStable: true })).errorCode,
      code('UNSTABLE_OFFSET_COMMIT'),
    );
    await fixture.groups.completeTransactionalOffsets(1, false);
    assert.equal((await fixture.fetched(0, { requireStable: true })).committedOffset, 10);
  }),
);

test(
  'a transaction commits for a member of the generation, or for nobody',
  withGroups(async (fixture) => {
    const [a] = await fixture.stableGroup(1);
    const errorOf = async (options: Parameters<typeof commitInTransaction>[2]) =>
      (await commitInTransaction(fixture, 1, options)).topics[0]!.partitions[0]!.errorCode;
    assert.equal(await errorOf({}), 0);
    assert.equal(await errorOf({ generationId: 1, memberId: a!.memberId }), 0);
    assert.equal(await errorOf({ generationId: 2, memberId: a!.memberId }), code('ILLEGAL_GENERATION'));
    assert.equal(await errorOf({ generationId: 1, memberId: 'x' }), code('UNKNOWN_MEMBER_ID'));
  }),
);

test(
  'a group without members is deleted with its offsets, one with members is not',
  withGroups(async (fixture) => {
    await fixture.commit(1, { groupId: 'simple' });
    await fixture.stableGroup(1);
    const groupsNames = ['simple', 'group', 'none'];
    const { results } = await fixture.groups.deleteGroups({ groupsNames });
    assert.deepEqual(
      results.map(({ errorCode }) => errorCode),
      [0, code('NON_EMPTY_GROUP'), code('GROUP_ID_NOT_FOUND')],
    );
    assert.equal((await fixture.fetched(0, { groupId: 'simple' })).committedOffset, -1);
    await fixture.restart();
    const listed = fixture.groups.listGroups({ statesFilter: [], typesFilter: [] });
    assert.deepEqual(
      listed.groups.map(({ groupId }) => groupId),
      ['group'],
    );
  }),
);

test(
  'regression: a group that gets members while its deletion waits is not deleted, nor are its offsets',
  withGroups(async (fixture) => {
    await fixture.commit(1);
    const partition = { partitionIndex: 0 };
    const topics = [{ name: 'orders', partitions: [partition] }];
    // What is being stored makes the deletions wait, and the member comes first.
    const stored = fixture.commit(2);
    const deletion = fixture.groups.deleteGroups({ groupsNames: ['group'] });
    const ofOffsets = fixture.groups.offsetDelete({ groupId: 'group', topics });
    const joined = fixture.groups.consumerGroupHeartbeat(joinBeat({}), context(1));
    assert.deepEqual([await stored, (await joined).errorCode], [0, 0]);
    assert.equal((await deletion).results[0]!.errorCode, code('NON_EMPTY_GROUP'));
    assert.equal((await ofOffsets).topics[0]!.partitions[0]!.errorCode, code('GROUP_SUBSCRIBED_TO_TOPIC'));
    const { committedOffset } = await fixture.fetched();
    assert.equal(committedOffset, 2);
  }),
);

test(
  'regression: a commit makes no group of a name that is too long for one',
  withGroups(async (fixture) => {
    assert.equal(await fixture.commit(1, { groupId: 'g'.repeat(1_001) }), code('INVALID_GROUP_ID'));
    assert.equal(await fixture.commit(1, { groupId: 'g'.repeat(1_000) }), 0);
  }),
);

test(
  'offsets of a partition are deleted unless a member consumes its topic',
  withGroups(async (fixture) => {
    fixture.topics.set('bills', 1);
    const partition = {
      partitionIndex: 0,
      committedOffset: 1,
      committedLeaderEpoch: -1,
      committedMetadata: null,
    };
    await fixture.commit(0, {
      topics: ['orders', 'bills'].map((name) => ({ name, topicId: zeroUuid, partitions: [partition] })),
    });
    await fixture.stableGroup(1);
    const topics = ['orders', 'bills', 'none'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }] }));
    const answer = await fixture.groups.offsetDelete({ groupId: 'group', topics });
    const codes = answer.topics.map((topic) => topic.partitions[0]!.errorCode);
    assert.deepEqual(codes, [code('GROUP_SUBSCRIBED_TO_TOPIC'), 0, code('UNKNOWN_TOPIC_OR_PARTITION')]);
    assert.equal((await fixture.fetched(0, { topic: 'bills' })).committedOffset, -1);
    assert.equal((await fixture.fetched()).committedOffset, 1);
    const none = await fixture.groups.offsetDelete({ groupId: 'none', topics: [] });
    assert.equal(none.errorCode, code('GROUP_ID_NOT_FOUND'));
  }),
);

test(
  'offsets of a topic that was deleted are gone, for a topic of the same name too',
  withGroups(async (fixture) => {
    await fixture.commit(1);
    fixture.topics.delete('orders');
    fixture.topics.set('orders', 4);
    assert.equal((await fixture.fetched()).committedOffset, -1);
    await fixture.groups.clean();
    assert.deepEqual(await fixture.sql.read('listOffsetTopics', { after: '', limit: 10 }), []);
    assert.deepEqual(fixture.groups.listGroups({ statesFilter: [], typesFilter: [] }).groups, []);
  }),
);

test(
  'offsets expire: of a simple group by their age, of others once they are empty for so long, of topics nobody consumes',
  withGroups(
    async (fixture) => {
      fixture.topics.set('bills', 1);
      const bills = (offset: number, wanted = {}) =>
        fixture.commit(offset, {
          topics: commitRequest(offset).topics.map((topic) => ({ ...topic, name: 'bills' })),
          ...wanted,
        });
      await fixture.commit(1, { groupId: 'simple' });
      await bills(1);
      const wanted = { sessionTimeoutMs: 2_000_000 };
      const [a] = await fixture.stableGroup(1, wanted);
      const own = { generationIdOrMemberEpoch: 1, memberId: a!.memberId };
      await fixture.commit(2, own);
      const alive = { groupId: 'group', memberId: a!.memberId, generationId: 1, groupInstanceId: null };
      for (let hours = 0; hours < 8 * 24 * 2; hours++) {
        await fixture.sleep(dayMs / 48);
        await fixture.groups.heartbeat(alive);
      }
      assert.equal((await fixture.fetched(0, { groupId: 'simple' })).committedOffset, -1);
      assert.equal((await fixture.fetched(0, { topic: 'bills' })).committedOffset, -1);
      assert.equal((await fixture.fetched()).committedOffset, 2, 'its topic is consumed');
      await fixture.groups.leaveGroup({ groupId: 'group', memberId: a!.memberId, members: [] }, context(0));
      await fixture.sleep(6 * dayMs);
      assert.equal((await fixture.fetched()).committedOffset, 2, 'it was empty for six days');
      await fixture.sleep(2 * dayMs);
      assert.equal((await fixture.fetched()).committedOffset, -1);
      assert.deepEqual(fixture.groups.listGroups({ statesFilter: [], typesFilter: [] }).groups, []);
      await fixture.restart();
      assert.deepEqual(fixture.groups.listGroups({ statesFilter: [], typesFilter: [] }).groups, []);
    },
    { sessionTimeoutMsMax: 2_000_000 },
  ),
);

test(
  'when the store fails nobody is told otherwise, and the group goes on from what is stored',
  withGroups(async (fixture) => {
    const [a] = await fixture.stableGroup(1);
    const own = { generationIdOrMemberEpoch: 1, memberId: a!.memberId };
    const faults = simulatedSqlFaults(fixture.machine, 'message-queue');
    faults.full = true;
    assert.equal(await fixture.commit(1, own), code('COORDINATOR_NOT_AVAILABLE'));
    const again = await fixture.groups.joinGroup(joinRequest({ memberId: a!.memberId }), context(9));
    assert.equal(again.errorCode, code('COORDINATOR_NOT_AVAILABLE'));
    faults.full = false;
    await fixture.sleep(100);
    assert.equal(await fixture.commit(1, own), 0, 'its generation is what it was');
    const joined = await fixture.groups.joinGroup(joinRequest({ memberId: a!.memberId }), context(9));
    assert.equal(joined.generationId, 2);
    assert.equal(
      (await fixture.groups.consumerGroupHeartbeat(joinBeat({ groupId: 'other' }), context(1))).errorCode,
      0,
    );
  }),
);

test('regression: what is committed after a deletion whose outcome is not known is there after a kill', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const simulation = new Simulation({ seed });
    await simulation.run(async () => {
      const fixture = new GroupFixture(simulation);
      await fixture.open();
      await fixture.commit(1);
      simulatedSqlFaults(fixture.machine, 'message-queue').failCommits = 1;
      const { results } = await fixture.groups.deleteGroups({ groupsNames: ['group'] });
      assert.equal(results[0]!.errorCode, code('COORDINATOR_NOT_AVAILABLE'));
      assert.equal(await fixture.commit(2), 0);
      await fixture.restart();
      assert.equal((await fixture.fetched()).committedOffset, 2, `seed ${seed}`);
      await fixture.groups.close();
    });
  }
});
