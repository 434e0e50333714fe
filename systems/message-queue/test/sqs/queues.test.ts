// Queues as a library, on a real disk and database: what costs space gives it back, and nothing costs more with more.

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SqlError } from '@cairn/engines';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { realWorld, type World } from '@cairn/world';
import { account, openQueues } from './sqs-fixture.ts';

/** The real world under a clock that can be put forward. */
function worldWithClock(): { world: World; forward(ms: number): void; set(wrongMs: number): void } {
  const real = realWorld();
  let offsetMs = 0;
  let wallWrongMs = 0;
  const clock = {
    nowMs: () => real.clock.nowMs() + offsetMs + wallWrongMs,
    monotonicMs: () => real.clock.monotonicMs() + offsetMs,
    setTimer: real.clock.setTimer.bind(real.clock),
    nextTurn: real.clock.nextTurn.bind(real.clock),
    sleep: real.clock.sleep.bind(real.clock),
  };
  return {
    world: { clock, random: real.random, disk: real.disk, executors: real.executors },
    forward(ms) {
      offsetMs += ms;
    },
    /** The wall clock shows so much more than it should. */
    set(wrongMs) {
      wallWrongMs = wrongMs;
    },
  };
}

async function setUp(context: TestContext, attributes: Readonly<Record<string, string>> = {}, name = 'jobs') {
  const directory = await temporaryDirectory(context);
  const { world, forward, set } = worldWithClock();
  let start = 0;
  let opened = await openQueues(directory, { world, start: ++start });
  cleanUpAfter(context, () => opened.close());
  await opened.queues.create({ name, attributes });
  return {
    ...{ world, forward, set, directory },
    queues: () => opened.queues,
    queue: () => opened.queues.queue(opened.queues.find(name)),
    async restart() {
      await opened.close();
      opened = await openQueues(directory, { world, start: ++start });
    },
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let sent = 0;
const message = (body: string, more: { group?: string; deduplicationId?: string } = {}) => ({
  ...{ id: `m${sent++}`, body, attributes: {}, sender: 'x' },
  ...more,
});

test('what is older than the retention is gone, received or not', async (context) => {
  const { queue, forward } = await setUp(context, { MessageRetentionPeriod: '60' });
  const open = await queue();
  await open.send([message('old'), message('older')]);
  assert.equal((await open.receive({ max: 1 })).length, 1);
  forward(61_000);
  assert.deepEqual(await open.receive({ max: 10 }), []);
  await open.send([message('new')]);
  await open.upkeep();
  assert.deepEqual(open.counts(), { waiting: 1, inFlight: 0, delayed: 0 });
  assert.deepEqual(
    (await open.receive({ max: 10 })).map(({ message: { body } }) => body),
    ['new'],
  );
});

test('regression: upkeep removes what is too old from a FIFO queue that nobody sends to any more', async (context) => {
  const attributes = { MessageRetentionPeriod: '60', FifoQueue: 'true' };
  const { queue, forward } = await setUp(context, attributes, 'jobs.fifo');
  const open = await queue();
  await open.send([message('old', { group: 'g', deduplicationId: 'd' })]);
  await open.upkeep();
  forward(61_000);
  await open.upkeep();
  await open.upkeep();
  assert.deepEqual(open.counts(), { waiting: 0, inFlight: 0, delayed: 0 });
});

test('regression: a message of a FIFO queue is not deleted by a handle whose time is over, though nobody looked since', async (context) => {
  const { queue, forward } = await setUp(context, { FifoQueue: 'true' }, 'jobs.fifo');
  const open = await queue();
  await open.send([message('a', { group: 'g', deduplicationId: 'd' })]);
  const [received] = await open.receive({ max: 1, visibilityMs: 1_000 });
  forward(1_001);
  await assert.rejects(open.delete(received!.handle), { code: 'InvalidParameterValue' });
  assert.equal(open.counts().waiting, 1);
});

test('regression: a FIFO queue whose clock once ran ahead forgets deduplication ids after their window', async (context) => {
  const { queue, restart, forward, set } = await setUp(context, { FifoQueue: 'true' }, 'jobs.fifo');
  const heartbeat = async (): Promise<string> => {
    const own = message('heartbeat', { group: 'g', deduplicationId: 'heartbeat' });
    const [given] = await (await queue()).send([own]);
    return given!.id === own.id ? 'sent' : 'duplicate';
  };
  set(30 * 24 * 60 * 60_000);
  assert.equal(await heartbeat(), 'sent');
  set(0);
  forward(4 * 60_000);
  assert.equal(await heartbeat(), 'duplicate');
  forward(61_000);
  assert.equal(await heartbeat(), 'sent');
  await restart();
  assert.equal(await heartbeat(), 'duplicate');
  forward(5 * 60_000);
  assert.equal(await heartbeat(), 'sent');
});

test('regression: what upkeep removes from a group lets a receiver have the next of it that waits', async (context) => {
  const attributes = { FifoQueue: 'true', MessageRetentionPeriod: '60' };
  const { queue, forward } = await setUp(context, attributes, 'jobs.fifo');
  const open = await queue();
  await open.send([message('old', { group: 'g', deduplicationId: 'd' })]);
  assert.equal((await open.receive({ max: 1, visibilityMs: 43_200_000 })).length, 1);
  forward(50_000);
  await open.send([message('new', { group: 'g', deduplicationId: 'e' })]);
  const waiting = open.receive({ max: 1, waitMs: 20_000 });
  forward(11_000);
  const started = performance.now();
  await open.upkeep();
  assert.equal((await waiting)[0]?.message.body, 'new');
  assert(performance.now() - started < 5_000, 'it is told at once');
});

test('receive counts above one survive a restart; what was in flight is there at once', async (context) => {
  const { queue, restart } = await setUp(context);
  for (const count of [1, 2, 3]) {
    if (count === 1) await (await queue()).send([message('a')]);
    const [received] = await (await queue()).receive({ max: 1, visibilityMs: count < 3 ? 0 : 60_000 });
    assert.equal(received?.receiveCount, count);
  }
  await restart();
  const [again] = await (await queue()).receive({ max: 1 });
  assert.equal(again?.receiveCount, 4);
});

test('a duplicate is known after a restart, also when the message was deleted and the log begins behind it', async (context) => {
  const { queue, restart, forward } = await setUp(context, { FifoQueue: 'true' }, 'jobs.fifo');
  const first = message('a', { group: 'g', deduplicationId: 'd' });
  const [original] = await (await queue()).send([first]);
  const [received] = await (await queue()).receive({ max: 1 });
  await (await queue()).delete(received!.handle);
  await (await queue()).upkeep();
  await restart();
  const again = { ...message('a', { group: 'g', deduplicationId: 'd' }) };
  assert.deepEqual(await (await queue()).send([again]), [original]);
  assert.deepEqual(await (await queue()).receive({ max: 1 }), []);
  forward(5 * 60_000);
  const [later] = await (await queue()).send([again]);
  assert.equal(later?.id, again.id);
});

test('the log of a queue that was emptied begins at its end', async (context) => {
  const { queue, restart } = await setUp(context);
  const open = await queue();
  for (let count = 0; count < 20; count++) await open.send([message(`${count}`)]);
  for (let count = 0; count < 2; count++)
    await Promise.all((await open.receive({ max: 10 })).map(({ handle }) => open.delete(handle)));
  await open.upkeep();
  await restart();
  const reopened = await queue();
  assert.deepEqual(reopened.counts(), { waiting: 0, inFlight: 0, delayed: 0 });
  assert.deepEqual(await reopened.receive({ max: 10 }), []);
  await reopened.send([message('next')]);
  assert.equal((await reopened.receive({ max: 10 })).length, 1);
});

test('a hundred thousand messages that wait cost no memory each, and a receive no more time', async (context) => {
  const { queue } = await setUp(context);
  const open = await queue();
  const batch = (): ReturnType<typeof message>[] =>
    Array.from({ length: 1_000 }, () => message('x'.repeat(100)));
  for (let count = 0; count < 10; count++) await open.send(batch());
  await open.receive({ max: 10 });
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let count = 0; count < 90; count++) await open.send(batch());
  const started = performance.now();
  assert.equal((await open.receive({ max: 10 })).length, 10);
  assert(performance.now() - started < 1_000, 'a receive does not look at what waits behind it');
  collectGarbage();
  assert.equal(open.counts().waiting, 99_980);
  assert(process.memoryUsage().heapUsed - before < 20e6, 'what waits is not kept in memory');
});

test('a queue that was deleted and made again is another one', async (context) => {
  const { queues, queue } = await setUp(context);
  const open = await queue();
  await open.send([message('old')]);
  const [received] = await open.receive({ max: 1 });
  const { id } = queues().find('jobs');
  await queues().delete('jobs');
  await queues().create({ name: 'jobs' });
  assert.notEqual(queues().find('jobs').id, id);
  assert.deepEqual(await (await queue()).receive({ max: 1 }), []);
  await assert.rejects((await queue()).delete(received!.handle), { code: 'ReceiptHandleIsInvalid' });
});

test('the rule of a dead-letter queue who may use it', async (context) => {
  const { queues } = await setUp(context);
  const arn = `arn:aws:sqs:us-east-1:${account}:dead`;
  const allow = JSON.stringify({
    redrivePermission: 'byQueue',
    sourceQueueArns: [arn.replace('dead', 'friend')],
  });
  await queues().create({ name: 'dead', attributes: { RedriveAllowPolicy: allow } });
  const attributes = { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arn, maxReceiveCount: 3 }) };
  await queues().create({ name: 'friend', attributes });
  await assert.rejects(queues().create({ name: 'stranger', attributes }), { code: 'InvalidParameterValue' });
  const fifo = { ...attributes, FifoQueue: 'true' };
  await assert.rejects(queues().create({ name: 'x.fifo', attributes: fifo }), {
    code: 'InvalidParameterValue',
  });
  const none = { RedrivePolicy: attributes.RedrivePolicy.replace(':dead', ':none') };
  await assert.rejects(queues().create({ name: 'y', attributes: none }), { code: 'InvalidParameterValue' });
});

test('regression: a document of a queue is no larger than a policy may be', async (context) => {
  const { queues } = await setUp(context);
  for (const name of ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy'])
    await assert.rejects(
      queues().setAttributes('jobs', { [name]: `{"redrivePermission":"allowAll"${' '.repeat(20_480)}}` }),
      { code: 'InvalidAttributeValue' },
      name,
    );
});

test('regression: there are no more queues than there may be, and those that are there go on', async (context) => {
  const { queues, close } = await openQueues(await temporaryDirectory(context), { queuesMax: 1 });
  cleanUpAfter(context, close);
  await queues.create({ name: 'a' });
  await assert.rejects(queues.create({ name: 'b' }), { code: 'OverLimit' });
  assert.equal((await queues.create({ name: 'a' })).name, 'a');
  await queues.delete('a');
  assert.equal((await queues.create({ name: 'b' })).name, 'b');
});

test('regression: a queue that is there by an attempt that seemed to fail is held against what is asked for now', async (context) => {
  const isFailing = { now: true };
  const { queues, sql, close } = await openQueues(await temporaryDirectory(context), {
    onWrite(name) {
      if (name === 'createQueue' && isFailing.now) throw new SqlError('unavailable', { attempted: 'test' });
    },
  });
  cleanUpAfter(context, close);
  await assert.rejects(queues.create({ name: 'a' }), SqlError);
  isFailing.now = false;
  const document = { attributes: { DelaySeconds: '9' }, tags: {}, createdMs: 1, modifiedMs: 1 };
  await sql.write('createQueue', { name: 'a', id: '0123456789abcdef', document: JSON.stringify(document) });
  await assert.rejects(queues.create({ name: 'a', attributes: { DelaySeconds: '5' } }), {
    code: 'QueueNameExists',
  });
  assert.equal(
    (await queues.create({ name: 'a', attributes: { DelaySeconds: '9' } })).id,
    '0123456789abcdef',
  );
});

test('regression: nothing of a group is given while the deletion of what is before it could not be written', async (context) => {
  const failures = { left: 0 };
  const { queues, close } = await openQueues(await temporaryDirectory(context), {
    onWrite(name) {
      if (name === 'changeQueueRows' && failures.left-- > 0)
        throw new SqlError('unavailable', { attempted: 'test' });
    },
  });
  cleanUpAfter(context, close);
  const attributes = { FifoQueue: 'true', ContentBasedDeduplication: 'true' };
  const open = await queues.queue(await queues.create({ name: 'jobs.fifo', attributes }));
  await open.send(['1', '2', '3'].map((body) => message(body, { group: 'g' })));
  const take = async () => {
    const [received] = await open.receive({ max: 1, visibilityMs: 60_000 });
    return { body: received?.message.body, handle: received?.handle ?? '' };
  };
  const first = await take();
  failures.left = 2;
  await assert.rejects(open.delete(first.handle), SqlError);
  assert.equal((await take()).body, undefined);
  await assert.rejects(open.delete(first.handle), SqlError);
  assert.equal((await take()).body, undefined);
  await open.delete(first.handle);
  const second = await take();
  assert.equal(second.body, '2');
  failures.left = 1;
  await assert.rejects(open.delete(second.handle), SqlError);
  assert.equal((await take()).body, undefined);
  await open.upkeep();
  assert.equal((await take()).body, '3', 'upkeep writes what was not written');
});
