// What the broker knows of its starts, when it rots: epochs never go back.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { openMessageQueue } from '../../src/index.ts';
import { batchOf } from '../partition/partition-fixture.ts';
import { change } from './broker-folder.ts';

/** The folder of a broker that was started four times, and wrote in its last epoch, 3; closed. */
async function fill(t: TestContext): Promise<{ directory: string; clusterId: string }> {
  const directory = await temporaryDirectory(t);
  for (let starts = 0; starts < 3; starts++) await (await openMessageQueue({ directory })).close();
  const queue = await openMessageQueue({ directory });
  const partition = await queue.topics.partition(
    await queue.topics.create({ name: 'letters', partitionCount: 1 }),
    0,
  );
  await partition.append({ records: batchOf(['a']) });
  assert.equal(partition.leaderEpoch, 3);
  await queue.close();
  return { directory, clusterId: queue.clusterId };
}

async function opened(t: TestContext, directory: string) {
  const queue = await openMessageQueue({ directory });
  cleanUpAfter(t, () => queue.close());
  const { leaderEpoch } = await queue.topics.partition(queue.topics.find('letters')!, 0);
  return { clusterId: queue.clusterId, leaderEpoch };
}

for (const [what, statement, error] of [
  [
    'no number',
    "update setting set value = 'x' where name = 'starts'",
    /'starts' does not match its checksum/,
  ],
  ['a lower number', "update setting set value = '1' where name = 'starts'", /'starts' does not match/],
  ['another name', "update setting set name = 'storts' where name = 'starts'", /'starts' is lost/],
  [
    'another cluster',
    "update setting set value = iif(substr(value, 1, 1) = 'x', 'y', 'x') || substr(value, 2) where name = 'cluster-id'",
    /'cluster-id' does/,
  ],
] as const)
  test(`regression: a broker whose settings rotted into ${what} does not start, and goes on after a repair`, async (t) => {
    const { directory, clusterId } = await fill(t);
    change(directory, statement);
    await assert.rejects(openMessageQueue({ directory }), error);
    await assert.rejects(openMessageQueue({ directory }), /'cairn queue repair' puts it right/);
    const { problems, remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: false });
    assert.deepEqual([problems, remadeFiles.length], [[], 1]);
    // The repair was a start too.
    assert.deepEqual(await opened(t, directory), { clusterId, leaderEpoch: 5 });
  });

for (const [what, ...statements] of [
  ['rotted in two places', "update setting set value = 'xyz' where name = 'starts'"],
  ['is lost', "delete from setting where name = 'starts'"],
  [
    'was no number before there were checksums',
    "update setting set value = '3x', row_crc = null where name = 'starts'",
  ],
])
  test(`regression: a number of starts that ${what} goes on above all epochs after a repair`, async (t) => {
    const { directory, clusterId } = await fill(t);
    change(directory, ...statements);
    await assert.rejects(openMessageQueue({ directory }), /the row of the setting 'starts'/);
    const { problems, remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: false });
    assert.deepEqual([problems, remadeFiles.map(({ file }) => file)], [[], ['the setting starts']]);
    assert.deepEqual(await opened(t, directory), { clusterId, leaderEpoch: 1_005 });
  });

test('settings of before there were checksums are taken as they are, and get theirs', async (t) => {
  const { directory, clusterId } = await fill(t);
  change(directory, 'update setting set row_crc = null');
  assert.deepEqual(await opened(t, directory), { clusterId, leaderEpoch: 4 });
  const database = new DatabaseSync(`${directory}/metadata.sqlite`);
  const row = database.prepare('select count(*) as rows, count(row_crc) as sealed from setting').get();
  database.close();
  assert.deepEqual({ ...row }, { rows: 2, sealed: 2 });
});
