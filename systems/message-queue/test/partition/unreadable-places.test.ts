// Places of segments that the disk cannot read: as if their bytes had rotted, and all around them is read.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { recordHeaderBytes } from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { repair } from '../check/check-fixture.ts';
import { append, lines, openCompacted, pairsFrom, seal } from './compaction-fixture.ts';
import { batchOf, directory, open, readAll, texts, within } from './partition-fixture.ts';
import { placeOf, type UnreadablePlace, withUnreadable } from './unreadable-places.ts';

const segment = `${directory}/000000000001.segment`;
/** Each of more than two pages, so that what lies in a page of one alone is found. */
const long = (text: string) => `${text.repeat(2_000)}`;
const six = ['one', 'two', 'bad', 'four', 'five', 'six'].map(long);
const shorts = (records: Parameters<typeof texts>[0]) => texts(records).map((text) => text.slice(0, 3));

async function fill(world: World, records = six): Promise<void> {
  const partition = await open(world);
  for (const text of records) await partition.append({ records: batchOf([text]) });
  await partition.close();
}

async function sizeOf(world: World): Promise<number> {
  return (await world.disk.stat(segment))!.sizeBytes;
}

/** Of the middle of a record. */
async function middleOf(world: World, text: string, path = segment): Promise<UnreadablePlace> {
  const { at, ...place } = await placeOf(world, { path, text });
  return { ...place, at: at + 3_000 };
}

describe('a place that the disk cannot read', () => {
  test(
    'regression: a fetch over it gets what lies before it, and at the place the error of rot',
    within(async (world) => {
      await fill(world);
      const bad = withUnreadable(world, [await middleOf(world, 'bad')]);
      const again = await open(bad, { leaderEpoch: 2 });
      const read = (offset: number) =>
        again.read({ offset, bytesMax: 1_000_000, atLeastOne: true, committed: false });
      assert.equal((await read(0)).records.length, 2);
      await assert.rejects(read(2), { code: 'CORRUPT_MESSAGE' });
      assert.equal((await read(3)).records.length, 3);
      assert.deepEqual(shorts(await readAll(again, { from: 3, bytesMax: 1_000_000 })), ['fou', 'fiv', 'six']);
      assert.equal(await again.soundFrom(2), 3);
      await assert.rejects(
        again.offsetOfTime(0).then(() => readAll(again, { from: 2 })),
        {
          code: 'CORRUPT_MESSAGE',
        },
      );
      await again.close();
    }),
  );

  for (const isSealed of [false, true])
    test(
      `regression: records at the beginning of a log that come back are there, ${isSealed ? 'of a sealed segment too' : 'after a crash'}`,
      within(async (world) => {
        await fill(world);
        if (isSealed) {
          const rolled = await open(world, { leaderEpoch: 2, segmentMs: 0 });
          await world.clock.sleep(1);
          await rolled.upkeep();
          await rolled.close();
        }
        for (const name of await world.disk.list(directory))
          if (!name.endsWith('.segment')) await world.disk.remove(`${directory}/${name}`);
        // Of the first two.
        const bad = withUnreadable(world, [{ file: segment, at: 5_000 }]);
        const again = await open(bad, { leaderEpoch: 3 });
        assert.equal(again.startOffset, 0);
        await assert.rejects(readAll(again), { code: 'CORRUPT_MESSAGE' });
        assert.equal((await readAll(again, { from: 2 })).length, 4);
        await again.close();
        assert.equal((await readAll(await open(world, { leaderEpoch: 4 }))).length, 6);
      }),
    );

  test(
    'regression: a partition without an index opens over it',
    within(async (world) => {
      await fill(world);
      const rolled = await open(world, { leaderEpoch: 2, segmentMs: 0 });
      await world.clock.sleep(1);
      await rolled.upkeep();
      await rolled.append({ records: batchOf(['new']) });
      await rolled.close();
      for (const name of await world.disk.list(directory))
        if (name.endsWith('.index')) await world.disk.remove(`${directory}/${name}`);
      const bad = withUnreadable(world, [await middleOf(world, 'bad')]);
      const again = await open(bad, { leaderEpoch: 3 });
      assert.deepEqual([again.startOffset, again.endOffset], [0, 7]);
      assert.deepEqual(shorts(await readAll(again, { from: 3 })), ['fou', 'fiv', 'six', 'new']);
    }),
  );

  test(
    'regression: a partition that was closed opens when the disk cannot read the end of its log',
    within(async (world) => {
      await fill(world);
      const file = await world.disk.open(segment, 'read');
      const end = { file: segment, at: (await file.sizeBytes()) - 1 };
      await file.close();
      const bad = withUnreadable(world, [end]);
      const again = await open(bad, { leaderEpoch: 2 });
      assert.equal((await again.append({ records: batchOf(['new']) })).baseOffset, 6);
      const read = (offset: number) =>
        again.read({ offset, bytesMax: 1_000_000, atLeastOne: true, committed: false });
      assert.equal((await read(0)).records.length, 5);
      await assert.rejects(read(5), { code: 'CORRUPT_MESSAGE' });
      assert.deepEqual(shorts(await readAll(again, { from: 6 })), ['new']);
      await again.close();
      // And once the page is back, all is there.
      const back = await open(world, { leaderEpoch: 3 });
      assert.deepEqual(shorts(await readAll(back)), ['one', 'two', 'bad', 'fou', 'fiv', 'six', 'new']);
    }),
  );

  test(
    'regression: a batch file is read around it',
    within(async (world) => {
      const partition = await openCompacted(world);
      for (const key of ['one', 'two', 'bad', 'four']) await append(partition, [[key, long(key)]]);
      await seal(partition, world);
      await partition.compact();
      await partition.close();
      const [name] = (await world.disk.list(directory)).filter((one) => one.endsWith('.batches'));
      const bad = withUnreadable(world, [await middleOf(world, 'badbad', `${directory}/${name}`)]);
      const again = await openCompacted(bad, { leaderEpoch: 2 });
      const read = (offset: number) =>
        again.read({ offset, bytesMax: 1_000_000, atLeastOne: true, committed: false });
      assert.equal((await read(0)).records.length, 2);
      await assert.rejects(read(2), { code: 'CORRUPT_MESSAGE' });
      const [behind] = lines(await pairsFrom(again, { from: 3 }));
      assert.match(behind!, /^3 four=four/);
    }),
  );

  test(
    'regression: a batch file whose first page cannot be read, or whose end cannot, is read behind and before it',
    within(async (world) => {
      const partition = await openCompacted(world);
      for (const key of ['one', 'two', 'four']) await append(partition, [[key, long(key)]]);
      await seal(partition, world);
      await partition.compact();
      await append(partition, [['new', 'new']]);
      await partition.close();
      const [name] = (await world.disk.list(directory)).filter((one) => one.endsWith('.batches'));
      const file = `${directory}/${name}`;
      const headless = await openCompacted(withUnreadable(world, [{ file, at: 0 }]), { leaderEpoch: 2 });
      const read = headless.read({ offset: 0, bytesMax: 1, atLeastOne: true, committed: false });
      await assert.rejects(read, { code: 'CORRUPT_MESSAGE' });
      assert.equal(await headless.soundFrom(0), 1);
      const behind = lines(await pairsFrom(headless, { from: 1 }));
      assert.deepEqual(
        behind.map((line) => line.split('=')[0]),
        ['1 two', '2 four', '3 new'],
      );
      await headless.close();
      const at = (await world.disk.stat(file))!.sizeBytes - 1;
      const endless = await openCompacted(withUnreadable(world, [{ file, at }]), { leaderEpoch: 3 });
      const two = await endless.read({ offset: 0, bytesMax: 9_999, atLeastOne: true, committed: false });
      assert.ok(two.records.length > 0);
    }),
  );

  test(
    'regression: compaction leaves its partition as it is, and says so once',
    within(async (world) => {
      const partition = await openCompacted(world);
      for (const key of ['one', 'two', 'bad', 'two']) await append(partition, [[key, long(key)]]);
      await seal(partition, world);
      await partition.close();
      const bad = withUnreadable(world, [await middleOf(world, 'badbad')]);
      const again = await openCompacted(bad, { leaderEpoch: 2 });
      assert.equal(again.isUncleanable, false);
      assert.equal(await again.compact(), undefined);
      assert.equal(again.isUncleanable, true);
      const read = again.read({ offset: 2, bytesMax: 9_999, atLeastOne: true, committed: false });
      await assert.rejects(read, { code: 'CORRUPT_MESSAGE' });
      assert.equal((await pairsFrom(again, { from: 3 })).length, 1);
    }),
  );

  test(
    'regression: a log whose mark cannot be read is compacted',
    within(async (world) => {
      const partition = await openCompacted(world);
      // The mark has a page of its own.
      const mark = 3 * 4_096;
      const empty = batchOf(['']).length + recordHeaderBytes;
      for (const value of ['x'.repeat(4_000), 'y'.repeat(4_000)]) await append(partition, [['key', value]]);
      const left = mark - (await sizeOf(world)) - empty;
      await append(partition, [['key', 'z'.repeat(left - 5)]]);
      await partition.close();
      assert.equal((await sizeOf(world)) - recordHeaderBytes, mark);
      const bad = withUnreadable(world, [{ file: segment, at: mark }]);
      const again = await openCompacted(bad, { leaderEpoch: 2 });
      assert.equal((await again.compact())?.cleanedTo, 3);
      assert.equal((await pairsFrom(again)).length, 1);
    }),
  );

  test(
    'regression: repair that accepts loss opens a log whose last batch cannot be read after a crash',
    within(async (world) => {
      const partition = await open(world);
      for (const text of six) await partition.append({ records: batchOf([text]) });
      const bad = withUnreadable(world, [{ file: segment, at: (await sizeOf(world)) - 1 }]);
      await assert.rejects(open(bad, { leaderEpoch: 2 }), { code: 'io' });
      assert.deepEqual(
        (await repair(bad)).problems.map(({ isResolved }) => isResolved),
        [false, false],
      );
      const { problems } = await repair(bad, { acceptLoss: true });
      assert.deepEqual(
        problems.map(({ isResolved }) => isResolved),
        [true],
      );
      const again = await open(bad, { leaderEpoch: 10 });
      assert.deepEqual(shorts(await readAll(again)), ['one', 'two', 'bad', 'fou', 'fiv']);
      assert.equal((await again.append({ records: batchOf(['new']) })).baseOffset, 6);
      assert.deepEqual(shorts(await readAll(again, { from: 5 })), ['new']);
    }),
  );

  test(
    'a disk that reads nothing is not taken for one: clients try again',
    within(async (world) => {
      await fill(world);
      const places: UnreadablePlace[] = [];
      const again = await open(withUnreadable(world, places), { leaderEpoch: 2 });
      for (let at = 0; at < 100_000; at += 4_096) places.push({ file: segment, at });
      await assert.rejects(readAll(again), { code: 'KAFKA_STORAGE_ERROR' });
      places.splice(0);
      assert.equal((await readAll(again)).length, 6);
    }),
  );
});
