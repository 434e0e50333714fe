// Expressions of consumer groups (KIP-848) where who may see which topic is asked: partitions go to those that may describe them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kafkaErrors } from '../../src/errors.ts';
import type { ConsumerGroupHeartbeatRequest } from '../../src/kafka/messages/consumer-group-heartbeat-request.ts';
import type { Uuid } from '../../src/kafka/wire/values.ts';
import { beat, context, type GroupFixture, joinBeat, withGroups } from './group-fixture.ts';

/** Which topics each user may not describe. */
type Hidden = Readonly<Record<string, readonly string[]>>;

/** Heartbeats as the edge hands them over. */
class Clients {
  readonly #fixture: GroupFixture;
  hidden: Hidden = {};
  readonly asked: string[] = [];

  constructor(fixture: GroupFixture) {
    this.#fixture = fixture;
  }

  async send(user: string, request: ConsumerGroupHeartbeatRequest, clientHost = '10.0.0.1') {
    const { groups } = this.#fixture;
    const asked = groups.topicsToDescribe(request, { user, clientHost });
    if (asked !== undefined && 'errorCode' in asked) return asked;
    if (asked !== undefined) this.asked.push(user);
    const topics = asked?.topics.filter(
      ({ name }) =>
        !this.hidden[user]?.includes(name) && !this.hidden[`${user} at ${clientHost}`]?.includes(name),
    );
    const described = asked && topics && { ...asked, topics };
    const more = { user, clientHost, ...(described && { described }) };
    return groups.consumerGroupHeartbeat(request, { ...context(1), ...more });
  }

  member(memberId: string, user: string, clientHost?: string): Member {
    return new Member({ fixture: this.#fixture, clients: this, memberId, user, clientHost });
  }
}

type Parts = {
  readonly fixture: GroupFixture;
  readonly clients: Clients;
  readonly memberId: string;
  readonly user: string;
  readonly clientHost: string | undefined;
};

/** A client that does at once what it is told. */
class Member {
  readonly #parts: Parts;
  #epoch = 0;
  #owned: { topicId: Uuid; partitions: number[] }[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  join(subscribedTopicRegex = '.*') {
    const { memberId } = this.#parts;
    return this.#send(joinBeat({ memberId, subscribedTopicNames: null, subscribedTopicRegex }));
  }

  beat(wanted: Partial<ConsumerGroupHeartbeatRequest> = {}) {
    const { memberId } = this.#parts;
    return this.#send(beat({ memberId, memberEpoch: this.#epoch, topicPartitions: this.#owned, ...wanted }));
  }

  /** As `NAME NUMBERS`. */
  get owned(): readonly string[] {
    const { topics } = this.#parts.fixture;
    return this.#owned
      .map(({ topicId, partitions }) => `${topics.findById(topicId)?.name} ${partitions}`)
      .toSorted();
  }

  async #send(request: ConsumerGroupHeartbeatRequest) {
    const { clients, user, clientHost } = this.#parts;
    const answer = await clients.send(user, request, clientHost);
    if (answer.errorCode !== 0) return answer;
    this.#epoch = answer.memberEpoch;
    if (answer.assignment)
      this.#owned = answer.assignment.topicPartitions.map(({ topicId, partitions }) => ({
        topicId,
        partitions: [...partitions],
      }));
    return answer;
  }
}

/** Two rounds, so that what one gives up the other gets. */
async function settle(...members: readonly Member[]): Promise<void> {
  for (let round = 0; round < 3; round++) for (const member of members) await member.beat();
}

function targets({ groups, topics }: GroupFixture): Readonly<Record<string, readonly string[]>> {
  const { groups: described } = groups.consumerGroupDescribe({
    ...{ groupIds: ['group'], includeAuthorizedOperations: false },
  });
  return Object.fromEntries(
    described[0]!.members.map(({ memberId, targetAssignment: { topicPartitions } }) => [
      memberId,
      topicPartitions.map(
        ({ topicId, partitions }) => `${topics.findById(topicId)?.name} ${partitions.toSorted()}`,
      ),
    ]),
  );
}

const testOf = (name: string, work: (fixture: GroupFixture, clients: Clients) => Promise<void>) =>
  test(
    name,
    withGroups((fixture) => work(fixture, new Clients(fixture))),
  );

testOf('partitions that a member may not describe go to one that may', async (fixture, clients) => {
  fixture.topics.set('secrets', 2);
  clients.hidden = { ada: ['secrets'] };
  const [a, b] = [clients.member('a', 'ada'), clients.member('b', 'bob')];
  await a.join();
  assert.deepEqual(a.owned, ['orders 0,1,2,3'], 'alone it has what it may see');
  assert.deepEqual(targets(fixture), { a: ['orders 0,1,2,3'] });
  await b.join();
  await settle(a, b);
  assert.deepEqual(a.owned.length, 1);
  assert.ok(b.owned.includes('secrets 0,1'), `${b.owned}`);
  const all = [...a.owned, ...b.owned].flatMap((one) => one.split(' ')[1]!.split(','));
  assert.equal(all.length, 6, 'each partition has an owner');
});

testOf('a topic that comes goes to nobody that may not describe it, at no time', async (fixture, clients) => {
  const [a, b] = [clients.member('a', 'ada'), clients.member('b', 'bob')];
  await a.join();
  await b.join();
  await settle(a, b);
  fixture.topics.set('secrets', 2);
  clients.hidden = { ada: ['secrets'] };
  for (const member of [a, b, a, b, a, b]) {
    await member.beat();
    assert.ok(!targets(fixture).a!.some((one) => one.startsWith('secrets')));
  }
  assert.deepEqual(
    b.owned.filter((one) => one.startsWith('secrets')),
    ['secrets 0,1'],
  );
});

testOf(
  'regression: what a user may describe at one address is not given to it at another',
  async (fixture, clients) => {
    fixture.topics.set('secrets', 20);
    clients.hidden = { 'ada at 10.0.0.2': ['secrets'] };
    const [a, b] = [clients.member('a', 'ada', '10.0.0.1'), clients.member('b', 'ada', '10.0.0.2')];
    await a.join();
    await b.join();
    await settle(a, b);
    assert.ok(!targets(fixture).b!.some((one) => one.startsWith('secrets')), `${targets(fixture).b}`);
    assert.ok(
      targets(fixture).a!.some((one) => one.startsWith('secrets')),
      `${targets(fixture).a}`,
    );
    await fixture.restart();
    await settle(a, b);
    assert.ok(!targets(fixture).b!.some((one) => one.startsWith('secrets')), 'nor after a restart');
  },
);

testOf('of one user one member is asked, for all of the same expression', async (fixture, clients) => {
  const members = ['a', 'b', 'c'].map((id) => clients.member(id, 'ada'));
  for (const member of members) await member.join();
  await settle(...members);
  assert.deepEqual(clients.asked, ['ada']);
  fixture.topics.set('bills', 3);
  await settle(...members);
  assert.deepEqual(clients.asked, ['ada', 'ada']);
  assert.equal(members.flatMap(({ owned }) => owned.join().match(/\d/g) ?? []).length, 7);
});

testOf(
  'what a user may describe is asked again after a while: what it lost it gives up',
  async (fixture, clients) => {
    fixture.topics.set('secrets', 2);
    const a = clients.member('a', 'ada');
    await a.join();
    assert.deepEqual(a.owned, ['orders 0,1,2,3', 'secrets 0,1']);
    clients.hidden = { ada: ['secrets'] };
    await a.beat();
    assert.deepEqual(a.owned.length, 2, 'it is believed for a while');
    await fixture.sleep(31_000);
    const told = await a.beat();
    assert.deepEqual(
      [a.owned, told.memberEpoch],
      [['orders 0,1,2,3'], 1],
      'until it said that it gave it up',
    );
    assert.equal((await a.beat()).memberEpoch, 2);
    clients.hidden = {};
    await fixture.sleep(31_000);
    await settle(a);
    assert.deepEqual(a.owned, ['orders 0,1,2,3', 'secrets 0,1']);
  },
);

testOf('a restart keeps who may describe what: nobody loses or gets anything', async (fixture, clients) => {
  fixture.topics.set('secrets', 2);
  clients.hidden = { ada: ['secrets'] };
  const [a, b] = [clients.member('a', 'ada'), clients.member('b', 'bob')];
  await a.join();
  await b.join();
  await settle(a, b);
  const before = targets(fixture);
  await fixture.restart();
  clients.asked.splice(0);
  // Another subscription makes all targets anew, before anybody was asked.
  const c = clients.member('c', 'bob');
  await c.join('none');
  assert.deepEqual({ ...targets(fixture), c: undefined }, { ...before, c: undefined });
  await settle(a, b);
  assert.deepEqual(targets(fixture).a, before.a);
  assert.deepEqual(clients.asked.toSorted(), ['ada', 'bob', 'bob']);
});

testOf(
  'an expression that is none, or takes too long, is refused before anybody is asked',
  async (fixture, clients) => {
    const refusal = async (expression: string) =>
      (await clients.member('a', 'ada').join(expression)).errorCode;
    assert.equal(await refusal('('), kafkaErrors.INVALID_REGULAR_EXPRESSION.code);
    for (let count = 0; count < 500; count++) fixture.topics.set(`${'a'.repeat(200)}${count}`, 1);
    assert.equal(await refusal('.*a.{500}'), kafkaErrors.INVALID_REGULAR_EXPRESSION.code);
    assert.deepEqual(clients.asked, []);
    const unknown = beat({ memberId: 'nobody', memberEpoch: 4, subscribedTopicRegex: '(' });
    assert.equal((await clients.send('ada', unknown)).errorCode, kafkaErrors.GROUP_ID_NOT_FOUND.code);
  },
);

test(
  'what users may describe counts towards the size of a group',
  withGroups(
    async (fixture) => {
      const clients = new Clients(fixture);
      for (let count = 0; count < 50; count++) fixture.topics.set(`t${count}`, 1);
      assert.equal((await clients.member('a', 'ada').join()).errorCode, 0);
      const { code } = kafkaErrors.GROUP_MAX_SIZE_REACHED;
      assert.equal((await clients.member('b', 'bob').join()).errorCode, code);
      assert.equal((await clients.member('c', 'ada').join()).errorCode, 0, 'the same counts once');
    },
    { groupBytesMax: 2_000 },
  ),
);
