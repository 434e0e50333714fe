// Transactions that are open where a log is damaged: whether they ended there nobody knows, so readers of committed records wait at them;
// but not where what is damaged was certainly no marker.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { World } from '@cairn/world';
import { decideTransactions } from '../../src/check/decide-transactions.ts';
import { checkpointName, readCheckpoint } from '../../src/partition/checkpoint.ts';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import { writeRemoteList } from '../../src/remote/remote-list.ts';
import { batchOf, directory, open, readAll, within } from './partition-fixture.ts';

const producer = { producerId: 7, producerEpoch: 0 };

async function writeInTransaction(partition: LogPartition, text: string, baseSequence: number) {
  const records = batchOf([text], { ...producer, isTransactional: true, baseSequence });
  await partition.append({ records, transactionalId: 'id' });
}

function end(partition: LogPartition, commit: boolean): Promise<void> {
  return partition.endTransaction({ ...producer, coordinatorEpoch: 0, commit });
}

/** A crash: what is in the folder of another world, without what closing writes. */
async function crashed(world: World, change: (bytes: Buffer) => void): Promise<void> {
  const path = `${directory}/000000000001.segment`;
  const file = await world.disk.open(path, 'write');
  const bytes = Buffer.alloc(await file.sizeBytes());
  await file.read(bytes, 0);
  change(bytes);
  await file.write([bytes], 0);
  await file.close();
  await world.disk.remove(`${directory}/checkpoint`);
  for (const name of await world.disk.list(directory))
    if (name.endsWith('.index')) await world.disk.remove(`${directory}/${name}`);
}

async function committed(partition: LogPartition): Promise<readonly string[]> {
  return (await readAll(partition, { committed: true })).map(({ text }) => text);
}

const markerRecordBytes = 32 + 78;

/** Where the records of the log begin, with their lengths. */
function recordsIn(bytes: Buffer): readonly { at: number; lengthBytes: number }[] {
  const records: { at: number; lengthBytes: number }[] = [];
  for (let at = 64; at + 44 <= bytes.length; ) {
    const lengthBytes = 32 + 12 + bytes.readInt32BE(at + 32 + 8);
    if (lengthBytes <= 44 || at + lengthBytes > bytes.length) break;
    records.push({ at, lengthBytes });
    at += lengthBytes;
  }
  return records;
}

/** Two transactions of one producer, the first aborted, and a batch of somebody else in the middle of the first. */
async function fill(world: World): Promise<void> {
  const partition = await open(world);
  await writeInTransaction(partition, 'aborted', 0);
  await partition.append({ records: batchOf(['x'.repeat(200), 'other']) });
  await end(partition, false);
  await writeInTransaction(partition, 'kept', 1);
  await end(partition, true);
  await partition.close();
}

test(
  'regression: what an aborted transaction wrote is not given with the next of its producer where its marker rotted',
  within(async (world) => {
    await fill(world);
    await crashed(world, (bytes) => {
      const marker = recordsIn(bytes)[2]!;
      assert.equal(marker.lengthBytes, markerRecordBytes);
      bytes.fill(7, marker.at + 40, marker.at + 100);
    });
    const partition = await open(world, { leaderEpoch: 2 });
    assert.deepEqual([partition.lastStableOffset, partition.highWatermark], [0, 6]);
    assert.deepEqual(await committed(partition), []);
    assert.deepEqual(partition.undecided(), [{ ...producer, firstOffset: 0, lostFrom: 3 }]);
    // It goes on, and so it does after a start from the checkpoint.
    await writeInTransaction(partition, 'later', 2);
    await end(partition, true);
    await partition.close();
    const again = await open(world, { leaderEpoch: 3 });
    assert.deepEqual([again.lastStableOffset, again.undecided().length], [0, 1]);
    // Once its records are gone, nothing waits for it.
    await again.deleteRecordsBefore(3);
    assert.deepEqual([again.lastStableOffset, again.undecided()], [8, []]);
  }),
);

test(
  'a batch that rots in the middle of a transaction leaves it as it is: it was no marker',
  within(async (world) => {
    await fill(world);
    await crashed(world, (bytes) => {
      const other = recordsIn(bytes)[1]!;
      bytes.fill(7, other.at + 150, other.at + 160);
    });
    const partition = await open(world, { leaderEpoch: 2 });
    assert.deepEqual([partition.lastStableOffset, partition.undecided()], [6, []]);
    const { records, abortedTransactions } = await partition.read({
      ...{ offset: 3, bytesMax: 10_000, atLeastOne: true, committed: true },
    });
    assert.ok(records.length > 0);
    assert.deepEqual(abortedTransactions, [{ producerId: 7, firstOffset: 0 }]);
  }),
);

test(
  'regression: several records that rotted together may have held the marker',
  within(async (world) => {
    await fill(world);
    await crashed(world, (bytes) => {
      const [, other, marker] = recordsIn(bytes);
      bytes.fill(7, other!.at, marker!.at + 10);
    });
    const partition = await open(world, { leaderEpoch: 2 });
    assert.deepEqual(partition.undecided(), [{ ...producer, firstOffset: 0, lostFrom: 1 }]);
  }),
);

test(
  'regression: once the damage is repaired the next marker of the producer decides, from the checkpoint on',
  within(async (world) => {
    await fill(world);
    let marker = { at: 0, bytes: Buffer.alloc(0) };
    await crashed(world, (bytes) => {
      const at = recordsIn(bytes)[2]!.at + 40;
      marker = { at, bytes: Buffer.from(bytes.subarray(at, at + 60)) };
      bytes.fill(7, at, at + 60);
    });
    await (await open(world, { leaderEpoch: 2 })).close();
    await decideTransactions(world, directory);
    const before = await open(world, { leaderEpoch: 3 });
    assert.equal(before.lastStableOffset, 0, 'the damage is there');
    await before.close();
    const file = await world.disk.open(`${directory}/000000000001.segment`, 'write');
    await file.write([marker.bytes], marker.at);
    await file.close();
    await decideTransactions(world, directory);
    const partition = await open(world, { leaderEpoch: 4 });
    assert.deepEqual([partition.lastStableOffset, partition.undecided()], [6, []]);
    assert.deepEqual(await committed(partition), ['x'.repeat(200), 'other', 'kept']);
  }),
);

/** A transaction whose marker, the last record of the log, rots; the next of its producer begins at the marker's offset, and is aborted. */
async function loseLastMarker(world: World, change: (bytes: Buffer, at: number) => void): Promise<void> {
  const before = await open(world);
  await writeInTransaction(before, 'kept', 0);
  await end(before, true);
  await before.close();
  await crashed(world, (bytes) => change(bytes, recordsIn(bytes)[1]!.at));
  const partition = await open(world, { leaderEpoch: 2 });
  assert.deepEqual(partition.undecided(), [{ ...producer, firstOffset: 0, lostFrom: 1 }]);
  await writeInTransaction(partition, 'aborted', 1);
  await end(partition, false);
  await partition.close();
}

const rot = (bytes: Buffer, at: number) => bytes.fill(7, at + 40, at + 100);

test(
  'regression: a marker that rotted as the last record is lost also where its offset was given again, after a crash',
  within(async (world) => {
    await loseLastMarker(world, rot);
    await crashed(world, () => {});
    const partition = await open(world, { leaderEpoch: 3 });
    assert.deepEqual(partition.undecided(), [{ ...producer, firstOffset: 0, lostFrom: 1 }]);
    const { lastStableOffset, highWatermark } = partition;
    assert.deepEqual([lastStableOffset, highWatermark], [0, 3]);
    assert.deepEqual(await committed(partition), []);
  }),
);

test(
  'regression: nothing decides a transaction while the damage is there, also where its offset was given again',
  within(async (world) => {
    await loseLastMarker(world, rot);
    await decideTransactions(world, directory);
    const partition = await open(world, { leaderEpoch: 3 });
    assert.deepEqual([partition.lastStableOffset, partition.undecided().length], [0, 1]);
  }),
);

/** Lists the segment, which answers for the offsets 0 to 2, as one that is in the blobs engine. */
function listAsRemote(world: World): Promise<void> {
  const sizes = { coveredTo: 1_000, fileBytes: 1_100, sizeBytes: 1_200, maxTimestampMs: 1_000 };
  const segments = [{ segment: 1, name: 'blob', baseOffset: 0, endOffset: 3, ...sizes }];
  return writeRemoteList(world.disk, directory, { segments, garbage: [] });
}

async function undecidedInCheckpoint({ disk }: World): Promise<number> {
  const checkpoint = await readCheckpoint(disk, `${directory}/${checkpointName}`);
  assert.ok(checkpoint);
  return checkpoint.undecided?.length ?? 0;
}

test(
  'regression: nothing is decided by a segment in the blobs engine that was not looked at',
  within(async (world) => {
    await loseLastMarker(world, rot);
    await listAsRemote(world);
    await world.disk.remove(`${directory}/000000000001.segment`);
    await decideTransactions(world, directory);
    assert.equal(await undecidedInCheckpoint(world), 1);
  }),
);

test(
  'what was copied to the blobs engine is looked at here',
  within(async (world) => {
    const before = await open(world);
    await writeInTransaction(before, 'open', 0);
    await before.append({ records: batchOf(['x'.repeat(200), 'other']) });
    await before.close();
    let whole = Buffer.alloc(0);
    await crashed(world, (bytes) => {
      whole = Buffer.from(bytes);
      const { at } = recordsIn(bytes)[1]!;
      bytes.fill(7, at, at + 100);
    });
    await (await open(world, { leaderEpoch: 2 })).close();
    assert.equal(await undecidedInCheckpoint(world), 1);
    const file = await world.disk.open(`${directory}/000000000001.segment`, 'write');
    await file.write([whole], 0);
    await file.close();
    await listAsRemote(world);
    await decideTransactions(world, directory);
    assert.equal(await undecidedInCheckpoint(world), 0);
  }),
);
