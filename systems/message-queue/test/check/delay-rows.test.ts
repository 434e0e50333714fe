// Rows of the store of delayed records that rotted into values that may have been written: nothing is delivered by them, lost or
// delivered twice, and a repair restores what one change makes right.

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { deliveryCrc } from '../../src/delays/store/row-checksums.ts';
import { batchOfRecords, openBroker, produce, type TestBroker, untilSeen } from '../delays/delay-fixture.ts';
import { checked } from './check-store.ts';

const minuteMs = 60_000;
const texts = ['one', 'two', 'three'];

/** The folder of a broker whose topic has three records that are due in a minute; closed. `claimed` are being delivered. */
async function fill(t: TestContext, { claimed = '' } = {}): Promise<{ directory: string; topicId: string }> {
  const directory = await temporaryDirectory(t);
  const broker = await openBroker(t, { directory });
  const topic = await broker.topics.create({ name: 'letters', texts: { 'cairn.delayed': 'true' } });
  const headers = { 'cairn-deliver-at': String(broker.nowMs() + minuteMs) };
  await produce(broker, { topic }, batchOfRecords(texts.map((text) => ({ text, headers }))));
  await broker.close();
  if (claimed !== '') {
    const row = {
      ...{ topic_id: topic.topicId, partition: 0, producer_epoch: 0, next_sequence: 0 },
      ...{ claimed, claimed_ms: 1_000 },
    };
    const database = new DatabaseSync(`${directory}/delays.sqlite`);
    database
      .prepare(
        'insert into delivery (topic_id, partition, producer_epoch, next_sequence, claimed, claimed_ms, row_crc) values (?, 0, 0, 0, ?, 1000, ?)',
      )
      .run(topic.topicId, claimed, deliveryCrc(row));
    database.close();
  }
  return { directory, topicId: topic.topicId };
}

function change(directory: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(`${directory}/delays.sqlite`);
  for (const statement of statements) database.exec(statement);
  database.close();
}

async function textsOf(broker: TestBroker, count: number): Promise<readonly string[]> {
  broker.jump(2 * minuteMs);
  const seen = await untilSeen(await broker.topics.partition(broker.topics.find('letters')!, 0), count);
  return seen.map(({ text }) => text).sort();
}

async function damageOf(broker: TestBroker, directory: string): Promise<readonly string[]> {
  const { findings } = await checked(broker, directory);
  return findings.filter(({ severity }) => severity === 'damage').map(({ where }) => where);
}

for (const [what, set, where] of [
  [
    'its topic',
    "topic_id = iif(substr(topic_id, 1, 1) = 'A', 'B', 'A') || substr(topic_id, 2)",
    'delayed records',
  ],
  ['its partition', 'partition = 4', 'topic letters/4'],
  ['its time, ahead', 'due_ms = due_ms + 4398046511104', 'topic letters/0'],
  ['its time, back', 'due_ms = due_ms - 1099511627776 * ((due_ms / 1099511627776) % 2)', 'topic letters/0'],
  ['its size', 'size_bytes = size_bytes + 4096', 'topic letters/0'],
] as const)
  test(`regression: a delayed record whose row rotted in ${what} is set aside, and comes after a repair`, async (t) => {
    const { directory } = await fill(t);
    change(directory, `update delayed_record set ${set} where id = 2`);
    const before = await openBroker(t, { directory });
    assert.deepEqual(await textsOf(before, 2), ['one', 'three']);
    assert.ok((await damageOf(before, directory)).includes(where), what);
    await before.close();
    const { problems, remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: false });
    assert.deepEqual([problems, remadeFiles.map(({ file }) => file)], [[], ['the row of delayed record 2']]);
    const broker = await openBroker(t, { directory });
    assert.deepEqual(await textsOf(broker, 3), [...texts].sort());
    assert.deepEqual(await damageOf(broker, directory), []);
  });

for (const [what, set, where] of [
  ['what is claimed', "claimed = '[1,9]'", 'topic letters/0'],
  ['what is claimed, which is no list any more', "claimed = '[1x2]'", 'topic letters/0'],
  ['its sequence', 'next_sequence = 16', 'topic letters/0'],
  ['its epoch', 'producer_epoch = 2', 'topic letters/0'],
  [
    'its topic',
    "topic_id = iif(substr(topic_id, 1, 1) = 'A', 'B', 'A') || substr(topic_id, 2)",
    'delayed records',
  ],
  ['its partition', 'partition = 2', 'topic letters/2'],
] as const)
  test(`regression: a delivery whose row rotted in ${what} waits for a repair, and delivers each record once`, async (t) => {
    const { directory } = await fill(t, { claimed: '[1,2]' });
    change(directory, `update delivery set ${set}`);
    const before = await openBroker(t, { directory });
    before.jump(2 * minuteMs);
    const partition = await before.topics.partition(before.topics.find('letters')!, 0);
    assert.ok((await damageOf(before, directory)).includes(where));
    assert.match(
      before.warnings().join(),
      /^what is due in .* is not delivered: its row is damaged, repair it$/,
    );
    await new Promise((resolve) => setTimeout(resolve, 400));
    assert.equal(partition.endOffset, 0, 'nothing was delivered');
    await before.close();
    const { problems, remadeFiles } = await repairMessageQueue({ directory }, { acceptLoss: false });
    assert.deepEqual(
      [problems, remadeFiles.map(({ file }) => file)],
      [[], ['the row of what is being delivered']],
    );
    const broker = await openBroker(t, { directory });
    assert.deepEqual(await textsOf(broker, 3), [...texts].sort());
    assert.deepEqual([await damageOf(broker, directory), broker.warnings()], [[], []]);
  });

test('regression: a delivery of which nothing says what it was begins anew with loss accepted only, and loses none', async (t) => {
  const { directory } = await fill(t, { claimed: '[1,2]' });
  change(directory, "update delivery set claimed = 'xx', next_sequence = 77");
  const kept = await repairMessageQueue({ directory }, { acceptLoss: false });
  assert.deepEqual(
    kept.problems.map(({ isResolved }) => isResolved),
    [false],
  );
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.deepEqual(
    problems.map(({ isResolved }) => isResolved),
    [true],
  );
  const broker = await openBroker(t, { directory });
  assert.deepEqual(await textsOf(broker, 3), [...texts].sort());
});

test('a store of before there were checksums of rows is taken as it is', async (t) => {
  const { directory } = await fill(t, { claimed: '[1,2]' });
  change(
    directory,
    'alter table delayed_record drop column row_crc',
    'alter table delayed_record drop column set_aside_due_ms',
    'alter table delivery drop column row_crc',
    'pragma user_version = 1',
  );
  const broker = await openBroker(t, { directory });
  assert.deepEqual(await textsOf(broker, 3), [...texts].sort());
  assert.deepEqual([await damageOf(broker, directory), broker.warnings()], [[], []]);
});

test('rows of a topic that was deleted go, also those that were set aside', async (t) => {
  const { directory } = await fill(t);
  change(directory, "update delayed_record set record = x'00' where id = 2");
  const broker = await openBroker(t, { directory });
  await textsOf(broker, 2);
  await broker.topics.delete(broker.topics.find('letters')!);
  await broker.close();
  const database = new DatabaseSync(`${directory}/delays.sqlite`);
  assert.deepEqual({ ...database.prepare('select count(*) as rows from delayed_record').get() }, { rows: 0 });
  database.close();
});
