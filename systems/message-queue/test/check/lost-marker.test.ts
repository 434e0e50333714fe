// The marker of a transaction rots behind the last checkpoint, and the broker crashes: it says so, a check names it, and a repair
// puts the marker back, or, where nothing says what it was, aborts the transaction where loss is accepted.

import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createLog, createMetrics, silentTelemetry } from '@cairn/telemetry';
import { type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import { decodeBatchHeader } from '../../src/batch/batch-header.ts';
import { repairMessageQueue } from '../../src/check/repair-message-queue.ts';
import { type MessageQueue, openMessageQueue } from '../../src/index.ts';
import { HangingTransactions } from '../../src/transactions/hanging-transactions.ts';
import { batchOf, readAll } from '../partition/partition-fixture.ts';
import { open } from './broker-folder.ts';
import { checked } from './check-store.ts';

const markerBytes = 78;

type Written = { readonly committed: boolean; readonly transactionalId?: string };

async function write(queue: MessageQueue, text: string, written: Written): Promise<void> {
  const { transactions, topics } = queue;
  const { committed, transactionalId = text } = written;
  const { producerId = -1, producerEpoch } = await transactions.initProducerId(
    {
      ...{ transactionalId, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 },
      ...{ enable2Pc: false, keepPreparedTxn: false },
    },
    { version: 4 },
  );
  const records = batchOf([text], { isTransactional: true, producerId, producerEpoch, baseSequence: 0 });
  const place = { topic: 'letters', partition: 0, records };
  assert.deepEqual(await transactions.guard.ensure({ transactionalId, version: 12 }, [place]), [undefined]);
  await (await topics.partition(topics.find('letters')!, 0)).append({ records, transactionalId });
  const ended = await transactions.endTxn(
    { transactionalId, producerId, producerEpoch, committed },
    { version: 4 },
  );
  assert.equal(ended.errorCode, 0);
}

/** What a crash leaves: `rot` changes the bytes of the first marker. */
async function crashed(
  t: TestContext,
  options: {
    readonly committed: boolean;
    readonly rot: (marker: Buffer, record: Buffer) => void;
    readonly second?: string;
  },
): Promise<string> {
  const { committed, rot, second = 'second' } = options;
  const transactionalId = 'first';
  const directory = await temporaryDirectory(t);
  const queue = await openMessageQueue({ directory });
  const { topicId } = await queue.topics.create({ name: 'letters', partitionCount: 1 });
  await write(queue, 'first', { committed, transactionalId });
  await write(queue, 'second', { committed: true, transactionalId: second });
  const copy = await temporaryDirectory(t);
  await cp(directory, copy, { recursive: true });
  await queue.close();
  const path = `${copy}/partitions/${topicId}/0/000000000001.segment`;
  const bytes = await readFile(path);
  // Its length, as a batch says it, ends in 66.
  const at = markerAt(bytes);
  rot(bytes.subarray(at, at + markerBytes), bytes.subarray(at - 32, at));
  await writeFile(path, bytes);
  return copy;
}

function markerAt(bytes: Buffer): number {
  for (let at = 0; at + markerBytes <= bytes.length; at++) {
    const isOne = bytes.readInt32BE(at + 8) === markerBytes - 12 && bytes[at + 16] === 2;
    if (isOne && decodeBatchHeader(bytes.subarray(at)).isControl) return at;
  }
  throw new Error('there is no marker');
}

async function committedTexts(queue: MessageQueue, from = 0): Promise<readonly string[]> {
  const partition = await queue.topics.partition(queue.topics.find('letters')!, 0);
  return (await readAll(partition, { from, committed: true })).map(({ text }) => text);
}

for (const committed of [true, false])
  for (const [what, rot] of [
    ['the end that it says', (marker: Buffer) => void marker.fill(7, 68, 69)],
    ['its producer and more', (marker: Buffer) => void marker.fill(0, 43, 75)],
    ['its first time', (marker: Buffer) => void marker.fill(0xff, 27, 35)],
    ['its checksum', (marker: Buffer) => void marker.fill(0, 17, 21)],
    ['its place', (marker: Buffer) => void marker.fill(0, 0, 16)],
    ['the header of its record', (_: Buffer, record: Buffer) => void record.fill(0, 12, 24)],
  ] as const)
    test(`regression: a ${committed ? 'commit' : 'abort'} marker that rotted in ${what} is named by check, and put back by a repair`, async (t) => {
      const directory = await crashed(t, { committed, rot });
      const before = await openMessageQueue({ directory });
      const { findings } = await checked(before, directory);
      // Closing writes a checkpoint that does not know the end either.
      assert.deepEqual(await committedTexts(before), []);
      await before.close();
      assert.ok(
        findings.some(({ severity, detail }) => severity === 'damage' && /has no end/.test(detail)),
        JSON.stringify(findings),
      );
      const { remadeFiles, problems } = await repairMessageQueue({ directory }, { acceptLoss: false });
      assert.deepEqual(problems, []);
      assert.deepEqual(
        remadeFiles.map(({ file }) => file),
        ['the marker at offset 1'],
      );
      const queue = await open(t, directory);
      assert.deepEqual(await committedTexts(queue), committed ? ['first', 'second'] : ['second']);
      assert.deepEqual((await checked(queue, directory)).findings, []);
    });

test('regression: a marker that is put back tells two transactions of one producer apart, which a checkpoint took for one', async (t) => {
  const rot = (marker: Buffer) => void marker.fill(0, 43, 75);
  const directory = await crashed(t, { committed: false, rot, second: 'first' });
  // The second time from the checkpoint of the first.
  for (let times = 0; times < 2; times++) {
    const before = await openMessageQueue({ directory });
    assert.deepEqual(await committedTexts(before), [], 'nothing of either is given before it is known');
    await before.close();
  }
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: false });
  assert.deepEqual(problems, []);
  assert.deepEqual(await committedTexts(await open(t, directory)), ['second']);
});

test('regression: of two transactions of one producer, between which the marker is gone, nothing is given until loss is accepted', async (t) => {
  const rot = (marker: Buffer, record: Buffer) => [marker.fill(0), record.fill(0, 12, 16)];
  const directory = await crashed(t, { committed: true, rot, second: 'first' });
  await repairMessageQueue({ directory }, { acceptLoss: false });
  const before = await openMessageQueue({ directory });
  assert.deepEqual(await committedTexts(before), []);
  await write(before, 'third', { committed: true });
  assert.deepEqual(await committedTexts(before), []);
  await before.close();
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.ok(
    problems.every(({ isResolved }) => isResolved),
    JSON.stringify(problems),
  );
  assert.match(
    JSON.stringify(problems),
    /of the producers \d+, open there, count as ended by the next marker/,
  );
  const queue = await open(t, directory);
  assert.deepEqual(await committedTexts(queue), ['first', 'second', 'third']);
  await write(queue, 'fourth', { committed: true });
  assert.deepEqual(await committedTexts(queue), ['first', 'second', 'third', 'fourth']);
});

test('regression: of a marker of which nothing is left the transaction is aborted, with loss accepted only', async (t) => {
  const rot = (marker: Buffer, record: Buffer) => [marker.fill(0), record.fill(0, 12, 16)];
  const directory = await crashed(t, { committed: true, rot });
  const first = await repairMessageQueue({ directory }, { acceptLoss: false });
  assert.ok(first.problems.length > 0 && first.problems.every(({ isResolved }) => !isResolved));
  assert.match(JSON.stringify(first.problems), /--accept-loss aborts it/);
  const { problems } = await repairMessageQueue({ directory }, { acceptLoss: true });
  assert.ok(
    problems.every(({ isResolved }) => isResolved),
    JSON.stringify(problems),
  );
  const queue = await open(t, directory);
  assert.deepEqual(await committedTexts(queue), ['second']);
  await write(queue, 'third', { committed: true });
  assert.deepEqual(await committedTexts(queue), ['second', 'third']);
});

test('regression: a broker whose transaction hangs says so, once, and counts it', async (t) => {
  const rot = (marker: Buffer) => void marker.fill(0);
  const directory = await crashed(t, { committed: true, rot });
  const queue = await open(t, directory);
  const lines: string[] = [];
  const { clock } = realWorld();
  const log = createLog({ level: 'error', clock, destination: { write: (line) => void lines.push(line) } });
  const metrics = createMetrics();
  const { transactions } = queue;
  const hanging = new HangingTransactions({
    telemetry: { ...silentTelemetry(), log, metrics },
    states: () => transactions.states(),
  });
  const name = { topic: 'letters', partition: 0 };
  const partition = await queue.topics.partition(queue.topics.find('letters')!, 0);
  for (let looks = 0; looks < 3; looks++) hanging.look(name, partition);
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /"partition":"letters\/0".*a transaction hangs/);
  assert.deepEqual(hanging.partitions(), ['letters/0']);
  assert.match(metrics.expose(), /cairn_kafka_hanging_transactions 1\n/);
  hanging.forget('letters');
  assert.match(metrics.expose(), /cairn_kafka_hanging_transactions 0\n/);
});

test('a transaction that is under way does not hang, however long', async (t) => {
  const queue = await open(t, await temporaryDirectory(t));
  await queue.topics.create({ name: 'letters', partitionCount: 1 });
  const { transactions, topics } = queue;
  const hanging = new HangingTransactions({
    telemetry: silentTelemetry(),
    states: () => transactions.states(),
  });
  const { producerId = -1, producerEpoch } = await transactions.initProducerId(
    {
      ...{ transactionalId: 'id', transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 },
      ...{ enable2Pc: false, keepPreparedTxn: false },
    },
    { version: 4 },
  );
  const records = batchOf(['open'], { isTransactional: true, producerId, producerEpoch, baseSequence: 0 });
  const name = { topic: 'letters', partition: 0 };
  await transactions.guard.ensure({ transactionalId: 'id', version: 12 }, [{ ...name, records }]);
  const partition = await topics.partition(topics.find('letters')!, 0);
  await partition.append({ records, transactionalId: 'id' });
  for (let looks = 0; looks < 3; looks++) hanging.look(name, partition);
  assert.deepEqual(hanging.partitions(), []);
});
