// Rows of SQS queues that rotted into values that may have been written: checksums tell them, the queue is closed, and a repair
// restores what one change makes right.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { type MessageQueue, openMessageQueue } from '../../src/index.ts';
import { change, open } from './broker-folder.ts';
import { checked } from './check-store.ts';

const bodies = ['a', 'b', 'c', 'd', 'e', 'f'];

async function jobsOf({ queues }: MessageQueue) {
  return queues.queue(queues.find('jobs'));
}

/** The folder of a broker with a queue `jobs`, of whose six messages the second, third and fifth were deleted; closed. */
async function fill(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory });
  await queue.queues.create({ name: 'jobs', attributes: { VisibilityTimeout: '77' } });
  await queue.queues.create({ name: 'others' });
  const jobs = await jobsOf(queue);
  for (const body of bodies) await jobs.send([{ id: 'm', body, attributes: {}, sender: 's' }]);
  for (const { message, handle } of await jobs.receive({ max: 10 }))
    if ('bce'.includes(message.body)) await jobs.delete(handle);
  await queue.close();
  return directory;
}

async function received(queue: MessageQueue): Promise<readonly string[]> {
  const found = await (await jobsOf(queue)).receive({ max: 10 });
  return found.map(({ message: { body } }) => body).sort();
}

async function damageOf(queue: MessageQueue, directory: string): Promise<readonly string[]> {
  const { findings } = await checked(queue, directory);
  return findings.filter(({ severity }) => severity === 'damage').map(({ where }) => where);
}

for (const [what, set, name = 'jobs'] of [
  ['a value of an attribute', `document = replace(document, '"77"', '"78"')`],
  ['its name', "name = 'jabs'", 'jabs'],
  ['its id', "id = iif(substr(id, 1, 1) = 'a', 'b', 'a') || substr(id, 2)"],
  ['its id, all of it', "id = '0123456789abcdef'"],
  ['its checksum', 'row_crc = row_crc + 256 * (1 - 2 * ((row_crc / 256) % 2))'],
] as const)
  test(`regression: a queue whose row rotted in ${what} is closed, and restored by a repair`, async (t) => {
    const directory = await fill(t);
    change(directory, `update queue set ${set} where name = 'jobs'`);
    const before = await open(t, directory);
    assert.deepEqual(before.warnings(), [`the queue ${name} is closed: its row is damaged`]);
    assert.throws(() => before.queues.find(name), { code: 'ServiceUnavailable' });
    assert.ok((await damageOf(before, directory)).includes(`queue ${name}`));
    await before.close();
    const { problems, remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: false });
    assert.deepEqual([problems, remadeFiles.map(({ where }) => where)], [[], ['queue jobs']]);
    const queue = await open(t, directory);
    assert.equal(queue.queues.find('jobs').attributes.VisibilityTimeout, '77');
    assert.deepEqual(await received(queue), ['a', 'd', 'f']);
    assert.deepEqual(await damageOf(queue, directory), []);
  });

for (const [what, set, where] of [
  ['its end', 'last_offset = 3', 'first_offset = 1'],
  ['its beginning', 'first_offset = 3', 'first_offset = 1'],
  ['its queue', "queue = iif(substr(queue, 1, 1) = 'a', 'b', 'a') || substr(queue, 2)", 'first_offset = 4'],
] as const)
  test(`regression: a range of gone messages that rotted in ${what} loses none and brings none back after a repair`, async (t) => {
    const directory = await fill(t);
    change(directory, `update queue_gone set ${set} where ${where}`);
    const before = await open(t, directory);
    if (what !== 'its queue') {
      await assert.rejects(received(before), {
        code: 'ServiceUnavailable',
        message: 'The queue jobs is closed: rows of what is gone of it are damaged.',
      });
      assert.deepEqual(before.warnings(), ['the queue jobs is closed: its row is damaged']);
    }
    assert.match((await damageOf(before, directory)).join(), /queue (jobs|id )/);
    await before.close();
    const { problems, remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: false });
    assert.deepEqual([problems, remadeFiles.map(({ file }) => file)], [[], ['a row of what is gone']]);
    const queue = await open(t, directory);
    assert.deepEqual(await received(queue), ['a', 'd', 'f']);
    assert.deepEqual(await damageOf(queue, directory), []);
  });

test('regression: a range of gone messages of which nothing says what it was is dropped with loss accepted only', async (t) => {
  const directory = await fill(t);
  change(directory, 'update queue_gone set last_offset = 100, row_crc = 7 where first_offset = 1');
  const kept = await repairMessageQueue({ directory }, { acceptLoss: false });
  assert.deepEqual(
    kept.problems.map(({ isResolved }) => isResolved),
    [false],
  );
  assert.match(kept.problems[0]!.detail, /--accept-loss drops it/);
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.deepEqual(
    problems.map(({ isResolved }) => isResolved),
    [true],
  );
  assert.deepEqual(await received(await open(t, directory)), ['a', 'b', 'c', 'd', 'f']);
});

test('regression: a count of receives that rotted sends no message to the dead letters', async (t) => {
  const directory = await fill(t);
  const { queues, close } = await openMessageQueue({ directory });
  await queues.create({ name: 'dead' });
  const RedrivePolicy = JSON.stringify({
    deadLetterTargetArn: queues.find('dead').arn,
    maxReceiveCount: 5,
  });
  await queues.setAttributes('jobs', { RedrivePolicy, VisibilityTimeout: '0' });
  const jobs = await queues.queue(queues.find('jobs'));
  for (let times = 0; times < 2; times++) await jobs.receive({ max: 10 });
  await close();
  change(directory, 'update queue_received set count = 66');
  const queue = await open(t, directory);
  assert.deepEqual(await received(queue), ['a', 'd', 'f']);
  assert.deepEqual(await damageOf(queue, directory), ['queue jobs']);
});

/** As the version before checksums of rows left it. */
const withoutChecksums = [
  ...['queue', 'queue_gone', 'queue_received', 'setting', 'acl', 'client_quota', 'queue_move'].map(
    (table) => `alter table ${table} drop column row_crc`,
  ),
  'pragma user_version = 2',
];

test('a store of before there were checksums is taken as it is, and its rows get theirs', async (t) => {
  const directory = await fill(t);
  change(directory, ...withoutChecksums);
  const queue = await open(t, directory);
  assert.deepEqual(queue.warnings(), []);
  assert.deepEqual(await damageOf(queue, directory), []);
  const jobs = await jobsOf(queue);
  for (const { message, handle } of await jobs.receive({ max: 10 }))
    if (message.body === 'd') await jobs.delete(handle);
  await queue.close();
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  const count = (table: string) =>
    database.prepare(`select count(*) as rows, count(row_crc) as sealed from ${table}`).get();
  assert.deepEqual({ ...count('queue') }, { rows: 2, sealed: 2 });
  assert.deepEqual({ ...count('queue_gone') }, { rows: 1, sealed: 1 }, 'the ranges became one');
  database.close();
  assert.deepEqual(await received(await open(t, directory)), ['a', 'f']);
});
