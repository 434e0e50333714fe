// Groups of the classic protocol, request by request.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaErrors } from '../../src/errors.ts';
import { context, joinRequest, subscription, syncRequest, withGroups } from './group-fixture.ts';

const code = (name: keyof typeof kafkaErrors) => kafkaErrors[name].code;

test(
  'a member that joins without an id is given one to join with, from version 4 on',
  withGroups(async ({ groups }) => {
    const first = await groups.joinGroup(joinRequest(), context(4));
    assert.equal(first.errorCode, code('MEMBER_ID_REQUIRED'));
    assert.match(first.memberId, /^client-/);
    const joined = await groups.joinGroup(joinRequest({ memberId: first.memberId }), context(4));
    assert.deepEqual([joined.errorCode, joined.memberId, joined.leader], [0, first.memberId, first.memberId]);
    assert.equal(joined.generationId, 1);
    const old = await groups.joinGroup(joinRequest({ groupId: 'old' }), context(3));
    assert.equal(old.errorCode, 0);
    assert.equal(old.protocolName, 'range');
  }),
);

test(
  'members of a generation get what their leader assigned, and only the leader hears of the others',
  withGroups(async (fixture) => {
    const joined = await fixture.stableGroup(3);
    assert.deepEqual(
      joined.map(({ generationId }) => generationId),
      [1, 1, 1],
    );
    assert.deepEqual(joined.map(({ members }) => members.length).sort(), [0, 0, 3]);
    const again = await fixture.groups.syncGroup(syncRequest(joined[2]!));
    assert.equal(Buffer.from(again.assignment).toString(), joined[2]!.memberId);
  }),
);

test(
  'a protocol is chosen that all members have, by their votes',
  withGroups(
    async (fixture) => {
      const metadata = subscription(['orders']);
      const protocols = (...names: string[]) => names.map((name) => ({ name, metadata }));
      const joins = await Promise.all(
        [protocols('x', 'sticky', 'range'), protocols('sticky', 'range'), protocols('range', 'sticky')].map(
          (wanted) => fixture.groups.joinGroup(joinRequest({ protocols: wanted }), context(3)),
        ),
      );
      assert.deepEqual(
        joins.map(({ protocolName }) => protocolName),
        ['sticky', 'sticky', 'sticky'],
      );
      const other = await fixture.groups.joinGroup(joinRequest({ protocols: protocols('x') }), context(3));
      assert.equal(other.errorCode, code('INCONSISTENT_GROUP_PROTOCOL'));
    },
    { initialRebalanceDelayMs: 100 },
  ),
);

test(
  'a newcomer makes the others join again, and their heartbeats say so',
  withGroups(async (fixture) => {
    const { groups } = fixture;
    const [a] = await fixture.stableGroup(1);
    const newcomer = fixture.join();
    await fixture.sleep(100);
    const heartbeat = { groupId: 'group', memberId: a!.memberId, generationId: 1, groupInstanceId: null };
    assert.equal((await groups.heartbeat(heartbeat)).errorCode, code('REBALANCE_IN_PROGRESS'));
    const again = await groups.joinGroup(joinRequest({ memberId: a!.memberId }), context(9));
    assert.deepEqual([again.generationId, again.members.length], [2, 2]);
    assert.equal((await newcomer).leader, a!.memberId);
    assert.equal((await groups.heartbeat(heartbeat)).errorCode, code('ILLEGAL_GENERATION'));
  }),
);

test(
  'who does not join again within the rebalance timeout is left behind',
  withGroups(async (fixture) => {
    const [a] = await fixture.stableGroup(1, { rebalanceTimeoutMs: 5_000, sessionTimeoutMs: 30_000 });
    const joined = await fixture.join({ rebalanceTimeoutMs: 5_000 });
    assert.deepEqual([joined.errorCode, joined.generationId, joined.leader], [0, 2, joined.memberId]);
    const late = await fixture.groups.joinGroup(joinRequest({ memberId: a!.memberId }), context(9));
    assert.equal(late.errorCode, code('UNKNOWN_MEMBER_ID'));
  }),
);

test(
  'who is not heard of within the session timeout is left out',
  withGroups(async (fixture) => {
    const { groups } = fixture;
    const [a, b] = await fixture.stableGroup(2);
    for (let beats = 0; beats < 4; beats++) {
      await fixture.sleep(4_000);
      await groups.heartbeat({
        groupId: 'group',
        memberId: a!.memberId,
        generationId: 1,
        groupInstanceId: null,
      });
    }
    const request = { groupId: 'group', generationId: 1, groupInstanceId: null };
    const known = await groups.heartbeat({ ...request, memberId: a!.memberId });
    assert.equal(known.errorCode, code('REBALANCE_IN_PROGRESS'));
    const lost = await groups.heartbeat({ ...request, memberId: b!.memberId });
    assert.equal(lost.errorCode, code('UNKNOWN_MEMBER_ID'));
  }),
);

test(
  'regression: a broker that was paused hears what its members sent before it ends a session',
  withGroups(async (fixture) => {
    const { groups, machine } = fixture;
    const joined = await fixture.stableGroup(2);
    const beat = ({ memberId }: { memberId: string }) =>
      groups.heartbeat({ groupId: 'group', memberId, generationId: 1, groupInstanceId: null });
    // Sessions are of 10 s; what the first member sent comes in when the process goes on.
    machine.stall(60_000);
    const heard = new Promise((resolve) => {
      const read = () => resolve(beat(joined[0]!).then(({ errorCode }) => errorCode));
      machine.schedule({ label: 'a heartbeat is read', detail: '', delayMs: 30_000 }, read);
    });
    assert.equal(await heard, 0);
    for (let beats = 0; beats < 5; beats++) {
      await fixture.sleep(3_000);
      const { errorCode } = await beat(joined[0]!);
      if (errorCode === code('REBALANCE_IN_PROGRESS')) break;
      assert.equal(errorCode, 0);
    }
    // Who really went is found gone: within its session, the grace and a beat.
    const lost = await beat(joined[1]!);
    assert.equal(lost.errorCode, code('UNKNOWN_MEMBER_ID'));
  }),
);

test(
  'regression: a rebalance that was under way waits as long after a pause as it would have without',
  withGroups(async (fixture) => {
    const { groups, machine } = fixture;
    const [a, b] = await fixture.stableGroup(2);
    const first = groups.joinGroup(joinRequest({ memberId: a!.memberId }), context(9));
    machine.stall(600_000);
    await fixture.sleep(600_000);
    const second = groups.joinGroup(joinRequest({ memberId: b!.memberId }), context(9));
    const [{ members, generationId }, { errorCode }] = [await first, await second];
    assert.deepEqual(
      [generationId, errorCode, Math.max(members.length, (await second).members.length)],
      [2, 0, 2],
    );
  }),
);

test(
  'a leader that never assigns is left behind, and the others join again',
  withGroups(
    async (fixture) => {
      const { groups } = fixture;
      const joins = await Promise.all(
        [1, 2].map(() => groups.joinGroup(joinRequest({ sessionTimeoutMs: 20_000 }), context(3))),
      );
      const follower = joins.find(({ members }) => members.length === 0)!;
      const sync = await groups.syncGroup(syncRequest(follower));
      assert.equal(sync.errorCode, code('REBALANCE_IN_PROGRESS'));
      const again = await groups.joinGroup(joinRequest({ memberId: follower.memberId }), context(9));
      assert.equal(again.errorCode, 0);
      assert.equal(again.leader, follower.memberId);
    },
    { initialRebalanceDelayMs: 100 },
  ),
);

test(
  'the first rebalance of a group waits for others, again while they come, up to the rebalance timeout',
  withGroups(
    async (fixture) => {
      const { groups } = fixture;
      const joins = [];
      for (let count = 0; count < 6; count++) {
        joins.push(groups.joinGroup(joinRequest({ rebalanceTimeoutMs: 10_000 }), context(3)));
        await fixture.sleep(2_000);
      }
      const generations = (await Promise.all(joins.slice(0, 5))).map(({ generationId }) => generationId);
      assert.deepEqual(generations, [1, 1, 1, 1, 1]);
    },
    { initialRebalanceDelayMs: 3_000 },
  ),
);

test(
  'a static member that comes back gets its assignment without a rebalance, and the one before it is fenced',
  withGroups(async (fixture) => {
    const { groups } = fixture;
    const wanted = { groupInstanceId: 'instance' };
    const joined = await groups.joinGroup(joinRequest(wanted), context(9));
    await groups.syncGroup(
      syncRequest(joined, { assignments: [{ memberId: joined.memberId, assignment: Buffer.from('all') }] }),
    );
    const back = await groups.joinGroup(joinRequest(wanted), context(9));
    assert.deepEqual([back.errorCode, back.generationId, back.skipAssignment], [0, 1, true]);
    assert.equal(back.members.length, 1);
    const sync = await groups.syncGroup(syncRequest(back, { groupInstanceId: 'instance' }));
    assert.equal(Buffer.from(sync.assignment).toString(), 'all');
    const fenced = await groups.heartbeat({
      groupId: 'group',
      memberId: joined.memberId,
      generationId: 1,
      groupInstanceId: 'instance',
    });
    assert.equal(fenced.errorCode, code('FENCED_INSTANCE_ID'));
    const oldClient = await groups.joinGroup(joinRequest(wanted), context(5));
    assert.deepEqual([oldClient.leader, oldClient.members.length], [back.memberId, 0]);
    const changed = {
      ...wanted,
      protocols: [{ name: 'range', metadata: subscription(['orders', 'bills']) }],
    };
    assert.equal((await groups.joinGroup(joinRequest(changed), context(9))).generationId, 2);
  }),
);

test(
  'several members leave at once, static ones also by their instance alone',
  withGroups(
    async (fixture) => {
      const { groups } = fixture;
      const joins = await Promise.all(
        [null, 's1', 's2'].map((groupInstanceId) =>
          groups.joinGroup(joinRequest({ groupInstanceId }), context(groupInstanceId ? 9 : 3)),
        ),
      );
      await fixture.syncAll(joins.map((joined) => joined));
      const identity = (memberId: string, groupInstanceId: string | null) => ({
        memberId,
        groupInstanceId,
        reason: null,
      });
      const members = [
        identity(joins[0]!.memberId, null),
        identity('', 's1'),
        identity('wrong', 's2'),
        identity('?', null),
      ];
      const left = await groups.leaveGroup({ groupId: 'group', memberId: '', members }, context(5));
      assert.deepEqual(
        left.members!.map(({ errorCode }) => errorCode),
        [0, 0, code('FENCED_INSTANCE_ID'), code('UNKNOWN_MEMBER_ID')],
      );
      const old = await groups.leaveGroup(
        { groupId: 'group', memberId: joins[2]!.memberId, members: [] },
        context(1),
      );
      assert.equal(old.errorCode, 0);
      const listed = groups.listGroups({ statesFilter: ['empty'], typesFilter: [] });
      assert.deepEqual(
        listed.groups.map(({ groupId, groupState }) => [groupId, groupState]),
        [['group', 'Empty']],
      );
    },
    { initialRebalanceDelayMs: 100 },
  ),
);

test(
  'requests that are out of bounds are refused',
  withGroups(
    async (fixture) => {
      const { groups } = fixture;
      const refusal = async (wanted: Parameters<typeof joinRequest>[0]) =>
        (await groups.joinGroup(joinRequest(wanted), context(9))).errorCode;
      assert.equal(await refusal({ groupId: '' }), code('INVALID_GROUP_ID'));
      assert.equal(await refusal({ groupId: 'a\0b' }), code('INVALID_GROUP_ID'));
      assert.equal(await refusal({ sessionTimeoutMs: 5_999 }), code('INVALID_SESSION_TIMEOUT'));
      assert.equal(await refusal({ sessionTimeoutMs: 1_800_001 }), code('INVALID_SESSION_TIMEOUT'));
      assert.equal(await refusal({ memberId: 'nobody' }), code('UNKNOWN_MEMBER_ID'));
      assert.equal(await refusal({ protocols: [] }), code('INCONSISTENT_GROUP_PROTOCOL'));
      assert.equal(await refusal({ protocolType: '' }), code('INCONSISTENT_GROUP_PROTOCOL'));
      const large = [{ name: 'range', metadata: new Uint8Array(2_000) }];
      assert.equal(await refusal({ protocols: large }), code('GROUP_MAX_SIZE_REACHED'));
      assert.deepEqual(
        groups.listGroups({ statesFilter: [], typesFilter: [] }).groups,
        [],
        'a refusal makes no group',
      );
      await fixture.stableGroup(2);
      assert.equal(await refusal({}), code('GROUP_MAX_SIZE_REACHED'));
      assert.equal(await refusal({ groupId: 'second' }), code('GROUP_MAX_SIZE_REACHED'));
    },
    { membersMax: 2, groupsMax: 1, groupBytesMax: 1_000 },
  ),
);

test(
  'after a kill members go on in their generation; a rebalance that was under way begins again, in one that never was',
  withGroups(async (fixture) => {
    const [a] = await fixture.stableGroup(1);
    const heartbeat = { groupId: 'group', memberId: a!.memberId, generationId: 1, groupInstanceId: null };
    await fixture.restart();
    assert.equal((await fixture.groups.heartbeat(heartbeat)).errorCode, 0);
    void fixture.join();
    await fixture.sleep(100);
    const second = await fixture.groups.joinGroup(joinRequest({ memberId: a!.memberId }), context(9));
    assert.equal(second.generationId, 2);
    await fixture.restart();
    assert.equal((await fixture.groups.heartbeat(heartbeat)).errorCode, 0);
    const third = await fixture.groups.joinGroup(joinRequest({ memberId: a!.memberId }), context(9));
    assert.equal(third.generationId, 3);
  }),
);

test(
  'a group is described with its members and what they have',
  withGroups(async (fixture) => {
    const [a] = await fixture.stableGroup(1);
    const { groups } = fixture.groups.describeGroups(
      { groups: ['group', 'none'], includeAuthorizedOperations: false },
      context(6),
    );
    assert.deepEqual([groups[0]!.groupState, groups[0]!.protocolData], ['Stable', 'range']);
    assert.equal(Buffer.from(groups[0]!.members[0]!.memberAssignment).toString(), a!.memberId);
    assert.equal(groups[1]!.errorCode, code('GROUP_ID_NOT_FOUND'));
    const old = fixture.groups.describeGroups(
      { groups: ['none'], includeAuthorizedOperations: false },
      context(5),
    );
    assert.deepEqual([old.groups[0]!.errorCode, old.groups[0]!.groupState], [0, 'Dead']);
  }),
);

test(
  'regression: protocols without names and metadata count by their number too',
  withGroups(async (fixture) => {
    const nothing = { name: '', metadata: new Uint8Array() };
    const { errorCode } = await fixture.join({ protocols: Array(500_000).fill(nothing) });
    assert.equal(errorCode, kafkaErrors.GROUP_MAX_SIZE_REACHED.code);
  }),
);
