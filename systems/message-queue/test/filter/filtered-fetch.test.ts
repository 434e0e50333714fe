// Fetch for the member of a group with a filter: what it gets, how long it waits, how far it looks, and who it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import { filterLookedAtBytesMax } from '../../src/limits.ts';
import { fetch } from '../kafka/requests.ts';
import type { TestClient } from '../kafka/test-client.ts';
import { becomeMember, seen, setFilter, startFilteredGroup } from './filtered-group.ts';

const red = (value: string) => ({ value, tags: 'red' });
const green = (value: string) => ({ value, tags: 'green' });

type Wish = Partial<Parameters<typeof fetch>[0][number]>;

/** The answer's partitions, in its order. */
async function ask(
  client: TestClient,
  wish: Wish = {},
  options: Parameters<typeof fetch>[1] & { version?: number } = {},
) {
  const { version = 12, ...rest } = options;
  const answer = await client.ask('fetch', { ...fetch([{ topic: 'paints', ...wish }], rest), version });
  return answer!.responses.flatMap(({ partitions }) => partitions);
}
const values = async (...parameters: Parameters<typeof ask>) => seen((await ask(...parameters))[0]);

test('a member gets what its group wants, and what moves it on', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  await append([green('0'), green('1')]);
  await append([red('2'), green('3'), red('4')]);
  assert.deepEqual(await values(client), ['2 2', '4 4']);
  await append([green('5'), green('6')]);
  assert.deepEqual(await values(client), ['2 2', '4 4', '6 marker']);
  assert.deepEqual(await values(client, { offset: 3 }), ['4 4', '6 marker']);
  assert.deepEqual(await values(client, { offset: 5 }), ['6 marker']);
  assert.deepEqual(await values(client, { offset: 7 }), []);
});

test('before fetch version 5 a consumer is moved on by a record before its offset', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  await append([green('0'), green('1')]);
  const lines = async (offset: number, version: number) => {
    const [data] = await ask(client, { offset }, { version });
    const { baseOffset, lastOffsetDelta } = decodeBatchHeader(Buffer.concat(data!.records!));
    return [...(await seen(data)), `to ${baseOffset + lastOffsetDelta}`];
  };
  assert.deepEqual(await lines(1, 5), ['1 marker', 'to 1']);
  assert.deepEqual(await lines(1, 4), ['0 null', 'to 1']);
  assert.deepEqual(await lines(0, 4), ['-1 null', 'to 1']);
});

test('what a batch is left with begins where the fetch does', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  await append([red('0'), green('1'), green('2')]);
  assert.deepEqual(await values(client, { offset: 1 }), ['2 marker']);
});

test('a member waits for what its group wants, not for what it does not', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  await append([green('0')]);
  let isAnswered = false;
  const waiting = values(client, {}, { maxWaitMs: 60_000 }).finally(() => {
    isAnswered = true;
  });
  for (let index = 1; index < 20; index++) await append([green(`${index}`)]);
  assert.equal(isAnswered, false);
  await append([red('20')]);
  assert.deepEqual(await waiting, ['20 20']);
});

test('bytes that are waited for are those that are left', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  await append([green('x'.repeat(5_000)), red('1')]);
  const waiting = values(client, {}, { maxWaitMs: 60_000, minBytes: 1_000 });
  await append([green('x'.repeat(5_000))]);
  await append([red('3'.repeat(1_000))]);
  assert.deepEqual(await waiting, ['1 1', `3 ${'3'.repeat(1_000)}`]);
});

test('a member that waited for nothing is moved on', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  const waiting = values(client, {}, { maxWaitMs: 300 });
  await append([green('0')]);
  await append([green('1')]);
  assert.deepEqual(await waiting, ['1 marker']);
});

test('a fetch looks at so much, then says how far it came', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  const large = Array.from({ length: 9 }, () => green('x'.repeat(100_000)));
  for (let count = 0; count * 900_000 < 2.5 * filterLookedAtBytesMax; count++) await append(large);
  const last = await append([red('last')]);
  let offset = 0;
  let answers = 0;
  for (;;) {
    // It would wait for a minute if it were to wait.
    const [line] = await values(client, { offset }, { maxWaitMs: 60_000 });
    answers += 1;
    const [at, what] = line!.split(' ');
    if (what === 'last') break;
    assert.equal(what, 'marker');
    assert.ok(Number(at) >= offset);
    offset = Number(at) + 1;
  }
  assert.equal(answers, 3);
  assert.equal(last.baseOffset >= offset, true);
});

test('each partition of a fetch is looked at, whatever the others have', async (t) => {
  const { append, client } = await startFilteredGroup(t, { partitions: 2 });
  const large = Array.from({ length: 9 }, () => green('x'.repeat(100_000)));
  for (let count = 0; count * 900_000 < 1.5 * filterLookedAtBytesMax; count++) await append(large);
  await append([red('here')], 1);
  const answer = await client.ask('fetch', fetch([{ topic: 'paints' }, { topic: 'paints', partition: 1 }]));
  const lines = await Promise.all(answer!.responses.flatMap(({ partitions }) => partitions.map(seen)));
  assert.match(lines[0]![0]!, /marker/);
  assert.deepEqual(lines[1], ['0 here']);
});

test('a session tells of a partition that only moves on', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  const first = await client.ask('fetch', fetch([{ topic: 'paints' }], { sessionEpoch: 0 }));
  const { sessionId = 0 } = first!;
  await append([green('0')]);
  const [data] = await ask(client, {}, { sessionId, sessionEpoch: 1 });
  assert.deepEqual(await seen(data), ['0 marker']);
});

test('the largest batch is given however little is wanted, the next when there is room', async (t) => {
  const { append, client } = await startFilteredGroup(t);
  await append([green('0'), red('1')]);
  await append([red('2')]);
  await append([red('3')]);
  assert.deepEqual(await values(client, { partitionMaxBytes: 1 }), ['1 1']);
  assert.deepEqual(await values(client, { partitionMaxBytes: 200 }), ['1 1', '2 2']);
});

test('another client of the same address gets everything, and so does the same one once it left', async (t) => {
  const { append, client, member, queue } = await startFilteredGroup(t);
  await append([green('0'), red('1')]);
  assert.deepEqual(await values(client), ['1 1']);
  await member.leave();
  assert.deepEqual(await values(client), ['0 0', '1 1']);
  await becomeMember(queue, { group: 'painters', clientId: 'another', assigned: { paints: [0] } });
  assert.deepEqual(await values(client), ['0 0', '1 1']);
});

test('a partition that the member does not have is not filtered', async (t) => {
  const { append, client, queue, member } = await startFilteredGroup(t, { partitions: 2 });
  for (const index of [0, 1]) await append([green('0'), red('1')], index);
  await member.leave();
  await becomeMember(queue, { group: 'painters', assigned: { paints: [1] } });
  assert.deepEqual(await values(client, { partition: 0 }), ['0 0', '1 1']);
  assert.deepEqual(await values(client, { partition: 1 }), ['1 1']);
});

test('a client in two groups is filtered where both want the same', async (t) => {
  const { append, client, queue } = await startFilteredGroup(t);
  await append([green('0'), red('1'), { value: '2', tags: 'blue' }]);
  await becomeMember(queue, { group: 'others', assigned: { paints: [0] } });
  const everything = ['0 0', '1 1', '2 2'];
  assert.deepEqual(await values(client), everything, 'one of them has no filter');
  await setFilter(queue, 'others', 'red');
  assert.deepEqual(await values(client), ['1 1']);
  await setFilter(queue, 'others', 'blue');
  assert.deepEqual(await values(client), everything, 'they want different things');
  await setFilter(queue, 'painters', 'blue');
  assert.deepEqual(await values(client), ['2 2']);
});

test('a group whose assignment nobody can read may have anything', async (t) => {
  const { append, client, queue } = await startFilteredGroup(t);
  await append([green('0'), red('1')]);
  await becomeMember(queue, { group: 'others', assigned: { paints: [0] }, nonsense: Buffer.from([0, 0, 9]) });
  assert.deepEqual(await values(client), ['0 0', '1 1']);
});

test('a filter is changed and taken away while members fetch', async (t) => {
  const { append, client, queue } = await startFilteredGroup(t);
  await append([green('0'), red('1')]);
  await setFilter(queue, 'painters', 'green');
  assert.deepEqual(await values(client), ['0 0']);
  await setFilter(queue, 'painters', undefined);
  assert.deepEqual(await values(client), ['0 0', '1 1']);
  await setFilter(queue, 'painters', ' ');
  assert.deepEqual(await values(client), ['0 0', '1 1']);
});

test('a filter that changes while a member waits is the new one', async (t) => {
  const { append, client, queue } = await startFilteredGroup(t);
  await append([green('0')]);
  const waiting = values(client, {}, { maxWaitMs: 60_000 });
  await new Promise<void>((resolve) => setTimeout(resolve, 50));
  await setFilter(queue, 'painters', 'green || blue');
  await append([red('1')]);
  assert.deepEqual(await waiting, ['0 0', '1 marker']);
});

test('members of a consumer group (KIP-848) are filtered', async (t) => {
  const { append, client, queue } = await startFilteredGroup(t);
  await append([green('0'), red('1')]);
  await setFilter(queue, 'painters', undefined);
  await setFilter(queue, 'modern', 'red');
  const request = {
    ...{ groupId: 'modern', memberId: 'someone', memberEpoch: 0, instanceId: null, rackId: null },
    ...{ rebalanceTimeoutMs: 60_000, subscribedTopicNames: ['paints'], subscribedTopicRegex: null },
    ...{ serverAssignor: null, topicPartitions: [] },
  };
  // As a client of another name, so that the classic group has nothing to say.
  const context = { clientId: 'modern', clientHost: '127.0.0.1', version: 1 };
  const { errorCode } = await queue.groups.consumerGroupHeartbeat(request, context);
  assert.equal(errorCode, 0);
  assert.equal(queue.groups.filters.ofFetch(context, { topic: 'paints', partition: 0 })?.text, 'red');
  assert.equal(queue.groups.filters.ofFetch(context, { topic: 'paints', partition: 1 }), undefined);
  assert.deepEqual(await values(client), ['0 0', '1 1']);
  await queue.groups.consumerGroupHeartbeat({ ...request, memberEpoch: -1 }, context);
  assert.equal(queue.groups.filters.ofFetch(context, { topic: 'paints', partition: 0 }), undefined);
});
