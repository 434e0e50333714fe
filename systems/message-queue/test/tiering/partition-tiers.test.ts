// A partition whose old segments are in the blobs engine.

import assert from 'node:assert/strict';
import test, { mock } from 'node:test';
import { unreadSegmentRestMs } from '../../src/limits.ts';
import { append as appendPairs } from '../partition/compaction-fixture.ts';
import {
  batchOf,
  config,
  directory,
  flipLastBit,
  open,
  range,
  readAll,
} from '../partition/partition-fixture.ts';
import { type UnreadablePlace, withUnreadable } from '../partition/unreadable-places.ts';
import { calm } from '../simulation/simulated-blobs.ts';
import { append, moveAll, openTiered, tiered, withinTiers, words } from './tiering-fixture.ts';

const hasCode = (code: string) => (error: { code?: string }) => error.code === code;
const six = ['a', 'b', 'c', 'd', 'e', 'f'];
const { signal } = new AbortController();

test(
  'what was moved is read as before, across the boundary, also after a restart',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    const before = partition.sizeBytes();
    await moveAll(partition);
    assert.equal(tiers.blobs.names().length, 5);
    assert.ok(partition.sizeBytes() < before / 3, 'its files are gone');
    assert.deepEqual([partition.startOffset, partition.tiers.localStartOffset], [0, 5]);
    assert.equal(partition.tiers.remoteEndOffset, 5);
    assert.deepEqual(words(await readAll(partition)), six);
    assert.deepEqual(words(await readAll(partition, { from: 3 })), ['d', 'e', 'f']);
    await partition.close();
    const again = await openTiered(tiers);
    assert.deepEqual(words(await readAll(again)), six);
    assert.deepEqual([again.startOffset, again.endOffset, again.tiers.localStartOffset], [0, 6, 5]);
    await append(again, ['g']);
    assert.deepEqual(words(await readAll(again)), [...six, 'g']);
  }),
);

test(
  'a segment that is here too is read from here, and stays as long as local retention says',
  withinTiers(async (tiers) => {
    const localRetentionBytes = 1_600;
    const partition = await openTiered(tiers, { remote: { ...tiered.remote!, localRetentionBytes } });
    await append(partition, six);
    await moveAll(partition);
    assert.equal(partition.tiers.remoteEndOffset, 5);
    assert.equal(partition.tiers.localStartOffset, 3);
    tiers.blobs.mood = { failing: 1, delayMsMax: 1 };
    assert.deepEqual(words(await readAll(partition, { from: 3 })), ['d', 'e', 'f']);
    await assert.rejects(readAll(partition, { from: 2 }), hasCode('KAFKA_STORAGE_ERROR'));
  }),
);

test(
  'local retention by time counts from the largest timestamp of a segment',
  withinTiers(async (tiers) => {
    const nowMs = tiers.world.clock.nowMs();
    const remote = {
      isCopied: true,
      localRetentionMs: 60_000,
      localRetentionBytes: Number.POSITIVE_INFINITY,
    };
    const partition = await openTiered(tiers, { remote });
    await append(partition, ['old', 'older'], nowMs - 61_000);
    await append(partition, ['new', 'newer'], nowMs);
    await moveAll(partition);
    assert.equal(partition.tiers.localStartOffset, 2);
    assert.equal(partition.tiers.remoteEndOffset, 3);
  }),
);

test(
  'retention counts what was moved, and deletes it there',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    partition.configure({ ...config, ...tiered, retentionBytes: 1_700 });
    await moveAll(partition);
    assert.equal(partition.startOffset, 3);
    await partition.tiers.step(signal);
    assert.equal(tiers.blobs.names().length, 2);
    assert.deepEqual(words(await readAll(partition)), ['d', 'e', 'f']);
    await partition.close();
    assert.equal((await openTiered(tiers)).startOffset, 3);
  }),
);

test(
  'DeleteRecords deletes blobs, and keeps the one that holds the new start',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    await partition.deleteRecordsBefore(2);
    await partition.tiers.step(signal);
    assert.deepEqual([partition.startOffset, tiers.blobs.names().length], [2, 3]);
    await assert.rejects(readAll(partition, { from: 1 }), hasCode('OFFSET_OUT_OF_RANGE'));
    await partition.deleteRecordsBefore(6);
    await partition.tiers.step(signal);
    assert.deepEqual([partition.startOffset, tiers.blobs.names()], [6, []]);
  }),
);

test(
  'offsets by time are found in what was moved',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    for (const at of range(6)) await append(partition, [`at ${at}`], 1_000 * (at + 1));
    await moveAll(partition);
    assert.deepEqual(await partition.offsetOfTime(2_500), { offset: 2, timestampMs: 3_000 });
    assert.deepEqual(await partition.maxTimestamp(), { offset: 5, timestampMs: 6_000 });
    await partition.deleteRecordsBefore(1);
    assert.deepEqual(await partition.offsetOfTime(0), { offset: 1, timestampMs: 2_000 });
  }),
);

test(
  'a segment with records of an open transaction stays, one with its end goes',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true };
    await partition.append({ records: batchOf(['open'.padEnd(450, '.')], producer), transactionalId: 'one' });
    await append(partition, ['a', 'b', 'c']);
    await moveAll(partition);
    assert.equal(tiers.blobs.names().length, 0);
    const marker = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, commit: false };
    await partition.endTransaction(marker);
    await append(partition, ['d', 'e']);
    await moveAll(partition);
    assert.equal(partition.tiers.localStartOffset, 6);
    assert.deepEqual(words(await readAll(partition, { committed: true })), ['a', 'b', 'c', 'd', 'e']);
  }),
);

test(
  'no checkpoint is left: what was aborted stays aborted, and sequences are known from what was moved',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    const producer = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true };
    const sent = batchOf(['gone'.padEnd(450, '.')], producer);
    await partition.append({ records: Buffer.from(sent), transactionalId: 'one' });
    const end = { producerId: 7, producerEpoch: 0, coordinatorEpoch: 0, commit: false };
    await partition.endTransaction(end);
    const idempotent = batchOf(['once'.padEnd(450, '.')], {
      producerId: 8,
      producerEpoch: 0,
      baseSequence: 0,
    });
    await partition.append({ records: Buffer.from(idempotent) });
    await append(partition, ['a', 'b']);
    await moveAll(partition);
    await partition.close();
    for (const name of ['checkpoint', 'checkpoint.second']) await flipLastBit(tiers.world, name);
    const again = await openTiered(tiers);
    assert.deepEqual(words(await readAll(again, { committed: true })), ['once', 'a', 'b']);
    assert.equal((await again.append({ records: Buffer.from(idempotent) })).baseOffset, 2);
    assert.equal(again.endOffset, 5);
  }),
);

test(
  'a rotten checkpoint has a second one: nothing is read from the engine to open the partition',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    await partition.close();
    await flipLastBit(tiers.world, 'checkpoint');
    tiers.blobs.mood = { failing: 1, delayMsMax: 0 };
    const again = await openTiered(tiers);
    assert.deepEqual([again.startOffset, again.endOffset], [0, 6]);
  }),
);

test(
  'a partition opens without an engine: what was moved cannot be read, the rest can',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    await partition.close();
    const again = await open(tiers.world, tiered);
    assert.deepEqual([again.startOffset, again.endOffset], [0, 6]);
    await assert.rejects(readAll(again), hasCode('KAFKA_STORAGE_ERROR'));
    await assert.rejects(again.offsetOfTime(1), hasCode('KAFKA_STORAGE_ERROR'));
    assert.deepEqual(words(await readAll(again, { from: 5 })), ['f']);
    await again.deleteRecordsBefore(5);
    await again.close();
    const healed = await openTiered(tiers);
    await healed.tiers.step(signal);
    assert.deepEqual(tiers.blobs.names(), [], 'what was deleted meanwhile is deleted there');
  }),
);

test(
  'a blob that rotted is never served: consumers are told, of that part only',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    tiers.blobs.rot(tiers.blobs.names()[2]!, 100);
    await assert.rejects(readAll(partition, { from: 2 }), hasCode('CORRUPT_MESSAGE'));
    await assert.rejects(readAll(partition), hasCode('CORRUPT_MESSAGE'));
    assert.deepEqual(words(await readAll(partition, { from: 3 })), ['d', 'e', 'f']);
  }),
);

test(
  'what rotted on its way is fetched again',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    tiers.blobs.rotNextRead();
    assert.deepEqual(words(await readAll(partition)), six);
  }),
);

test(
  'a rotten index of a blob is made again from its batches',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    for (const name of tiers.blobs.names()) tiers.blobs.rot(name, -1);
    assert.equal((await partition.offsetOfTime(1))?.offset, 0);
    assert.deepEqual(words(await readAll(partition, { from: 2 })), ['c', 'd', 'e', 'f']);
  }),
);

test(
  'a blob that is not what was sent is not relied on',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    tiers.blobs.rotNextRead();
    await assert.rejects(partition.tiers.step(signal), /is not what was sent/);
    assert.equal(partition.tiers.remoteEndOffset, undefined);
    await moveAll(partition);
    assert.equal(tiers.blobs.names().length, 5, 'and it is gone');
  }),
);

test(
  'what a dead process was sending is found and deleted, nothing else is',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    await partition.close();
    const kept = tiers.blobs.names();
    const engine = tiers.blobs.open(tiers.world);
    await engine.put('topic/0/000000000099-lost', Buffer.from('half'));
    await engine.put('topic/01', Buffer.from('of another'));
    const again = await openTiered(tiers);
    await again.tiers.step(signal);
    assert.deepEqual(tiers.blobs.names(), [...kept, 'topic/01']);
  }),
);

test(
  'a damaged segment stays here, and those behind it are moved',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers, { remote: { ...tiered.remote!, localRetentionBytes: 1_600 } });
    await append(partition, six);
    await flipLastBit(tiers.world, '000000000002.segment');
    await moveAll(partition);
    assert.equal(tiers.blobs.names().length, 4);
    assert.deepEqual(words(await readAll(partition, { from: 2 })), ['c', 'd', 'e', 'f']);
    await assert.rejects(readAll(partition, { from: 1 }), hasCode('CORRUPT_MESSAGE'));
  }),
);

test(
  'regression: a segment with a place that the disk cannot read stays here, and those behind it are moved',
  withinTiers(async (tiers) => {
    const places: UnreadablePlace[] = [];
    const world = withUnreadable(tiers.world, places);
    const config = { segmentBytesMax: 20_000, remote: { ...tiered.remote!, localRetentionBytes: 80_000 } };
    const partition = await openTiered({ ...tiers, world }, config);
    for (const text of six) await partition.append({ records: batchOf([text.repeat(19_000)]) });
    places.push({ file: '000000000002.segment', at: 10_000 });
    await moveAll(partition);
    assert.equal(tiers.blobs.names().length, 4);
    await assert.rejects(readAll(partition, { from: 1 }), hasCode('CORRUPT_MESSAGE'));
    assert.equal((await readAll(partition, { from: 2 })).length, 4);
  }),
);

test(
  'regression: a segment that the disk cannot read now is tried again less often each time, and others are moved',
  withinTiers(async (tiers) => {
    const places: UnreadablePlace[] = [];
    const world = withUnreadable(tiers.world, places);
    const partition = await openTiered({ ...tiers, world });
    await append(partition, six);
    const counted = mock.method(tiers.engine.counts, 'unread').mock;
    // All of it.
    places.push({ file: '000000000002.segment', at: 0 });
    await moveAll(partition);
    assert.equal(tiers.blobs.names().length, 4);
    assert.deepEqual(words(await readAll(partition, { from: 2 })), ['c', 'd', 'e', 'f']);
    for (const _ of range(100)) {
      await partition.tiers.step(signal);
      await world.clock.sleep(30_000);
    }
    assert.equal(counted.callCount(), 6, 'after one, two, four minutes and so on, in fifty');
    places.splice(0);
    await world.clock.sleep(unreadSegmentRestMs.max);
    await moveAll(partition);
    assert.equal(tiers.blobs.names().length, 5);
    assert.deepEqual(words(await readAll(partition)), six);
  }),
);

test(
  'without remote.storage.enable what is only there goes, and what is here stays',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers, { remote: { ...tiered.remote!, localRetentionBytes: 1_600 } });
    await append(partition, six);
    await moveAll(partition);
    assert.equal(partition.tiers.localStartOffset, 3);
    partition.configure({ ...config, ...tiered, remote: undefined });
    await moveAll(partition);
    await partition.tiers.step(signal);
    assert.deepEqual([partition.startOffset, partition.tiers.remoteEndOffset], [3, undefined]);
    assert.deepEqual(tiers.blobs.names(), []);
    assert.deepEqual(words(await readAll(partition)), ['d', 'e', 'f']);
  }),
);

test(
  'with remote.log.copy.disable nothing more moves, and all is read',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    const remote = { ...tiered.remote!, isCopied: false };
    partition.configure({ ...config, ...tiered, remote });
    await append(partition, ['g', 'h']);
    await moveAll(partition);
    assert.equal(tiers.blobs.names().length, 5);
    assert.deepEqual(words(await readAll(partition)), [...six, 'g', 'h']);
  }),
);

test(
  'a reader in the middle of a segment goes on when its file goes',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers, { segmentBytesMax: 2_000 });
    await append(partition, six);
    const first = await partition.read({ offset: 0, bytesMax: 600, atLeastOne: true, committed: false });
    assert.equal(first.records.length, 1);
    const reading = readAll(partition, { from: 1, bytesMax: 600 });
    await moveAll(partition);
    assert.ok(partition.tiers.localStartOffset > 1);
    assert.deepEqual(words(await reading), six.slice(1));
    assert.deepEqual(words(await readAll(partition, { from: 1, bytesMax: 600 })), six.slice(1));
  }),
);

test(
  'a damaged list is told, and nothing is deleted for it',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    await partition.close();
    await flipLastBit(tiers.world, 'remote');
    await assert.rejects(openTiered(tiers), hasCode('KAFKA_STORAGE_ERROR'));
    assert.equal(tiers.blobs.names().length, 5);
  }),
);

test(
  'a partition that is closed while it moves ends that first, and touches nothing any more',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    tiers.blobs.mood = { failing: 0, delayMsMax: 2_000 };
    const moving = partition.tiers.step(signal).catch(() => false);
    await tiers.world.clock.sleep(50);
    const startedMs = tiers.world.clock.monotonicMs();
    await partition.close();
    assert.ok(tiers.world.clock.monotonicMs() - startedMs < 6_000);
    assert.equal(await moving, false);
    assert.equal(await partition.tiers.step(signal), false);
    const before = tiers.blobs.names();
    await tiers.world.clock.sleep(10_000);
    assert.deepEqual(tiers.blobs.names(), before);
    tiers.blobs.mood = calm;
    const again = await openTiered(tiers);
    await moveAll(again);
    assert.equal(tiers.blobs.names().length, 5);
    assert.deepEqual(words(await readAll(again)), six);
  }),
);

test(
  'a segment is copied once, whoever asks at the same time',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, ['a', 'b']);
    await Promise.all([1, 2, 3].map(() => partition.tiers.step(signal)));
    assert.equal(tiers.blobs.names().length, 1);
  }),
);

test(
  'records that expire while their segment is sent are not named by the list, and their blob goes',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    tiers.blobs.mood = { failing: 0, delayMsMax: 200 };
    const moving = partition.tiers.step(signal);
    await partition.deleteRecordsBefore(6);
    await moving;
    assert.equal(partition.tiers.remoteEndOffset, undefined);
    await partition.tiers.step(signal);
    assert.deepEqual(tiers.blobs.names(), []);
  }),
);

test(
  'one who reads what retention deletes meanwhile is told that it is gone',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await moveAll(partition);
    const reading = readAll(partition, { from: 0, bytesMax: 500 });
    const rejected = assert.rejects(reading, hasCode('OFFSET_OUT_OF_RANGE'));
    await partition.deleteRecordsBefore(5);
    await partition.tiers.step(signal);
    await rejected;
  }),
);

test(
  'a full disk: what was moved is read, and moving goes on once there is room',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    await append(partition, six);
    await partition.tiers.step(signal);
    const { disk } = tiers.simulation.machine('broker');
    disk.fill(0);
    await assert.rejects(moveAll(partition));
    assert.deepEqual(words(await readAll(partition)), six);
    disk.fill(2 ** 30);
    await moveAll(partition);
    assert.equal(partition.tiers.localStartOffset, 5);
    assert.equal(tiers.blobs.names().length, 5);
    assert.deepEqual(words(await readAll(partition)), six);
  }),
);

test(
  'what was compacted before is copied as it is; its file stays here until it expires',
  withinTiers(async (tiers) => {
    const compacted = { ...tiered, remote: undefined, isCompacted: true, isDeleted: false };
    const partition = await openTiered(tiers, { ...compacted, minCleanableDirtyRatio: 0 });
    for (const value of ['old', 'new', 'newest'])
      for (const key of ['a', 'b']) await appendPairs(partition, [[key, value.padEnd(450, '.')]]);
    await partition.compact();
    const seen = words(await readAll(partition));
    assert.ok(seen.length < 6);
    partition.configure({ ...config, ...tiered });
    await append(partition, ['c', 'd', 'e']);
    await moveAll(partition);
    assert.equal(partition.tiers.remoteEndOffset, 8);
    assert.deepEqual(words(await readAll(partition)), [...seen, 'c', 'd', 'e']);
    await partition.close();
    const again = await openTiered(tiers);
    assert.deepEqual(words(await readAll(again)), [...seen, 'c', 'd', 'e']);
    await again.deleteRecordsBefore(8);
    await again.tiers.step(signal);
    assert.deepEqual(tiers.blobs.names(), []);
    const files = await tiers.world.disk.list(directory);
    assert.deepEqual(
      files.filter((name) => name.endsWith('.batches')),
      [],
    );
  }),
);
