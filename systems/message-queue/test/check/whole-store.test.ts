// A check of everything: rows against their checksums, logs against what metadata says of them, folders that nothing names.

import assert from 'node:assert/strict';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { commitOffsets } from '../../src/api/groups/group-offsets.ts';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { openMessageQueue } from '../../src/index.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { change } from './broker-folder.ts';
import { checked } from './check-store.ts';

const world = realWorld();

async function fill(t: TestContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory });
  const topic = await queue.topics.create({ name: 'events', partitionCount: 2 });
  const partition = await queue.topics.partition(topic, 0);
  await partition.append({ records: batchOf(['a', 'b', 'c'], { timestampMs: Date.now() }) });
  const place = { region: 'us-east-1', account: '000000000000' };
  const parts = { queue, world, directory, ...place, authorize: async () => true };
  await commitOffsets(parts, { groupId: 'readers', offsets: [{ topic: 'events', partition: 0, offset: 2 }] });
  const jobs = await queue.queues.create({ name: 'jobs' });
  const open = await queue.queues.queue(jobs);
  const sender = { id: 'i', sender: 'me', attributes: {} };
  await open.send([
    { ...sender, body: 'one' },
    { ...sender, body: 'two' },
  ]);
  const [received] = await open.receive({ max: 1, waitMs: 0 });
  await open.delete(received!.handle);
  await queue.close();
  return directory;
}

async function checkAgain(directory: string) {
  const queue = await openMessageQueue({ directory });
  try {
    return await checked(queue, directory);
  } finally {
    await queue.close();
  }
}

test('a sound store is sound, whether it is in use or not', async (t) => {
  const directory = await fill(t);
  const queue = await openMessageQueue({ directory });
  const untouched = await checked(queue, directory);
  assert.deepEqual(untouched.findings, []);
  assert.deepEqual(
    [untouched.summary.logs, untouched.summary.segments, untouched.summary.batches],
    [3, 2, 2],
  );
  const partition = await queue.topics.partition(queue.topics.find('events')!, 0);
  await partition.append({ records: batchOf(['d'], { timestampMs: Date.now() }) });
  await (await queue.queues.queue(queue.queues.find('jobs'))).receive({ max: 1, waitMs: 0 });
  assert.deepEqual((await checked(queue, directory)).findings, []);
  await queue.close();
});

for (const [what, statement, where, detail] of [
  [
    'a group',
    "update consumer_group set state = state || ' '",
    'group readers',
    /its row does not match its checksum/,
  ],
  [
    'an offset',
    'update committed_offset set committed_offset = 1',
    'group readers',
    /its offset of .* does not match/,
  ],
  [
    'gone messages',
    'update queue_gone set last_offset = 9, row_crc = null',
    'queue jobs',
    /said to be gone; its log ends at 2/,
  ],
] as const)
  test(`rot in the row of ${what} is damage`, async (t) => {
    const directory = await fill(t);
    change(directory, statement);
    const { findings } = await checkAgain(directory);
    const found = findings.find((finding) => finding.where === where && detail.test(finding.detail));
    assert.equal(found?.severity, 'damage', JSON.stringify(findings));
  });

test('rot in the row of a transactional id is damage, and stays after a repair', async (t) => {
  const directory = await fill(t);
  const queue = await openMessageQueue({ directory });
  const asked = {
    transactionalId: 'payments',
    transactionTimeoutMs: 60_000,
    producerId: -1,
    producerEpoch: -1,
  };
  const request = { ...asked, enable2Pc: false, keepPreparedTxn: false };
  await queue.transactions.initProducerId(request, { version: 4 });
  await queue.close();
  change(directory, 'update transactional_id set timeout_ms = 7');
  const { findings } = await checkAgain(directory);
  assert.deepEqual(
    findings.map(({ where }) => where),
    ['transactional id payments'],
  );
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.deepEqual(
    problems.map(({ isResolved }) => isResolved),
    [false],
  );
});

test('a log that ends before what a group committed is noticed', async (t) => {
  const directory = await fill(t);
  const queue = await openMessageQueue({ directory });
  const { topicId } = queue.topics.find('events')!;
  await queue.close();
  await rename(`${directory}/partitions/${topicId}/0`, `${directory}/elsewhere`);
  const { findings, summary } = await checkAgain(directory);
  assert.deepEqual(
    findings.map(({ severity, detail }) => [severity, detail]),
    [['notice', 'group readers committed offset 2, the log ends at 0']],
  );
  assert.equal(summary.notices, 1);
});

test('folders that nothing names are noticed, and left alone by a repair; those of what was deleted are not', async (t) => {
  const directory = await fill(t);
  const queue = await openMessageQueue({ directory });
  const { topicId } = queue.topics.find('events')!;
  const doomed = await queue.topics.create({ name: 'doomed', partitionCount: 1 });
  await (await queue.topics.partition(doomed, 0)).append({
    records: batchOf(['x'], { timestampMs: Date.now() }),
  });
  await queue.topics.delete(doomed);
  await queue.topics.filesRemoved();
  await queue.close();
  for (const folder of [`partitions/${topicId}/7`, 'partitions/unknown/0', 'queues/unknown']) {
    await mkdir(`${directory}/${folder}`, { recursive: true });
    await writeFile(`${directory}/${folder}/000000000001.segment`, 'something');
  }
  const { findings } = await checkAgain(directory);
  assert.deepEqual(
    findings
      .map(({ severity, detail }) => `${severity} ${/[^/]+\/[^/]+(?=, which)/.exec(detail)?.[0]}`)
      .toSorted(),
    // An id may come before the other names or behind them.
    [`notice ${topicId}/7`, 'notice queues/unknown', 'notice unknown/0'].toSorted(),
  );
  await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.equal((await checkAgain(directory)).findings.length, 3);
});

test('a repair refuses a store that is in use', async (t) => {
  const directory = await fill(t);
  const queue = await openMessageQueue({ directory });
  await assert.rejects(
    repairMessageQueue({ directory }, { acceptLoss: false }),
    /another process has it open/,
  );
  await queue.close();
});
