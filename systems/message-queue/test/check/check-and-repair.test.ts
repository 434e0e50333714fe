// What a check finds in a partition, and what a repair makes of it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { World } from '@cairn/world';
import { batchOf, directory, open, range, readAll, texts, within } from '../partition/partition-fixture.ts';
import { addFile, bytesOf, check, overwrite, repair, rot } from './check-fixture.ts';

const segment = '000000000001.segment';
const index = '000000000001.index';

async function written(world: World, words: readonly string[]): Promise<void> {
  const partition = await open(world);
  for (const word of words) await partition.append({ records: batchOf([word]) });
  await partition.close();
}

async function read(world: World) {
  const partition = await open(world, { leaderEpoch: 20 });
  try {
    return { seen: await readAll(partition), end: partition.endOffset };
  } finally {
    await partition.close();
  }
}

describe('check and repair', () => {
  test(
    'a partition that was closed is sound',
    within(async (world) => {
      await written(world, ['one', 'two', 'three']);
      const { findings, facts } = await check(world);
      assert.deepEqual([findings, facts.batches, facts.endOffset], [[], 3, 3]);
      assert.deepEqual((await repair(world)).problems, []);
    }),
  );

  test(
    'a batch that rots is told with its offset; a repair leaves it, and passes over it when loss is accepted',
    within(async (world) => {
      await written(world, ['one', 'two', 'three', 'four']);
      await rot(world, segment, 'two');
      const { findings } = await check(world);
      assert.equal(findings.length, 1);
      assert.equal(findings[0]!.severity, 'damage');
      assert.match(findings[0]!.detail, /^segment 1 at \d+, \d+ bytes: .*: offset 1 is lost$/);
      const before = await bytesOf(world, segment);
      const left = await repair(world);
      assert.deepEqual(
        left.problems.map(({ isResolved }) => isResolved),
        [false],
      );
      assert.deepEqual((await bytesOf(world, segment)).subarray(0, 400), before.subarray(0, 400));
      const accepted = await repair(world, { acceptLoss: true });
      assert.deepEqual(
        accepted.problems.map(({ isResolved }) => isResolved),
        [true],
      );
      assert.deepEqual((await check(world)).findings, []);
      const { seen, end } = await read(world);
      assert.deepEqual(
        [texts(seen), seen.map(({ offset }) => offset), end],
        [['one', 'three', 'four'], [0, 2, 3], 4],
      );
    }),
  );

  test(
    'what rots at the very end does not let offsets be given twice',
    within(async (world) => {
      await written(world, ['one', 'two', 'three']);
      await rot(world, segment, 'three');
      assert.match((await check(world)).findings[0]!.detail, /offset 2 is lost$/);
      await repair(world, { acceptLoss: true });
      assert.equal((await read(world)).end, 3);
    }),
  );

  test(
    'of a log that lost its first batch the index says which offsets those were',
    within(async (world) => {
      await written(world, ['one', 'two', 'three']);
      await rot(world, segment, 'one');
      assert.match((await check(world)).findings[0]!.detail, /offset 0 is lost$/);
      await repair(world, { acceptLoss: true });
      assert.deepEqual(texts((await read(world)).seen), ['two', 'three']);
    }),
  );

  for (const [what, damage] of [
    ['does not match its checksum', (world: World) => overwrite(world, index, Buffer.from('nonsense'))],
    [
      'is of another log',
      async (world: World) => {
        // Sound in itself: that of a segment which holds one batch.
        const bytes = await bytesOf(world, index);
        await written(world, ['four', 'five']);
        await overwrite(world, segment, await bytesOf(world, segment));
        await overwrite(world, index, movedIndex(bytes));
      },
    ],
  ] as const)
    test(
      `an index that ${what} is damage, and is made again`,
      within(async (world) => {
        await written(world, ['one', 'two', 'three']);
        await damage(world);
        const { findings } = await check(world);
        assert.deepEqual(
          findings.map(({ severity }) => severity),
          ['damage'],
        );
        assert.match(findings[0]!.detail, /^000000000001\.index: /);
        const { remadeFiles, problems } = await repair(world);
        assert.deepEqual([remadeFiles.map(({ file }) => file), problems], [[index], []]);
        assert.deepEqual((await check(world)).findings, []);
      }),
    );

  test(
    'the index of a segment whose last record rots is neither told as wrong nor removed',
    within(async (world) => {
      const partition = await open(world, { segmentBytesMax: 300 });
      for (const word of ['one', 'two', 'three', 'four', 'five'])
        await partition.append({ records: batchOf([word]) });
      await partition.close();
      const bytes = await bytesOf(world, segment);
      assert.deepEqual(
        ['one', 'two', 'three'].map((word) => bytes.includes(word)),
        [true, true, false],
      );
      await rot(world, segment, 'two');
      const { findings } = await check(world);
      assert.equal(findings.length, 1, JSON.stringify(findings));
      assert.match(findings[0]!.detail, /offset 1 is lost$/);
      const before = await bytesOf(world, index);
      assert.deepEqual((await repair(world)).remadeFiles, []);
      assert.deepEqual(await bytesOf(world, index), before);
    }),
  );

  test(
    'a checkpoint that rots is made again',
    within(async (world) => {
      await written(world, ['one', 'two', 'three']);
      await overwrite(world, 'checkpoint', Buffer.from('nothing like it'));
      assert.match((await check(world)).findings[0]!.detail, /^checkpoint: it does not match its checksum/);
      const { remadeFiles } = await repair(world);
      assert.match(remadeFiles[0]!.detail, /records that were deleted .* may be back/);
      assert.deepEqual((await check(world)).findings, []);
      assert.deepEqual(texts((await read(world)).seen), ['one', 'two', 'three']);
    }),
  );

  test(
    'a checkpoint of another time of the log is noticed',
    within(async (world) => {
      await written(world, ['one']);
      const early = await bytesOf(world, 'checkpoint');
      const changed = early.toString().replace('"endOffset":1', '"endOffset":7');
      await written(world, ['two', 'three']);
      await world.disk.remove(`${directory}/checkpoint`);
      await addFile(world, 'checkpoint', sealed(changed));
      assert.match((await check(world)).findings[0]!.detail, /it says that offset 7 comes behind/);
    }),
  );

  test(
    'leftovers of a crash are noticed and removed, unless somebody may be writing them',
    within(async (world) => {
      await written(world, ['one']);
      await addFile(world, 'checkpoint.new', Buffer.from('x'));
      assert.deepEqual(
        (await check(world)).findings.map(({ severity }) => severity),
        ['notice'],
      );
      assert.deepEqual((await check(world, { isOpen: true })).findings, []);
      assert.equal((await repair(world)).removedLeftovers.length, 1);
      assert.deepEqual((await check(world)).findings, []);
    }),
  );

  test(
    'a segment that is gone from the middle is damage',
    within(async (world) => {
      const partition = await open(world, { segmentBytesMax: 300 });
      for (const word of range(9)) await partition.append({ records: batchOf([`word ${word}`]) });
      await partition.close();
      const names = await world.disk.list(directory);
      assert.ok(names.includes('000000000003.segment'));
      await world.disk.remove(`${directory}/000000000002.segment`);
      await world.disk.remove(`${directory}/000000000002.index`);
      const { findings } = await check(world);
      assert.equal(findings.length, 1);
      assert.match(findings[0]!.detail, /^offsets \d+ to \d+ are not there$/);
    }),
  );

  test(
    'damage of a log that is open is told too',
    within(async (world) => {
      await written(world, ['one', 'two', 'three']);
      await rot(world, segment, 'two');
      await overwrite(world, index, Buffer.from('nonsense'));
      const { findings } = await check(world, { isOpen: true });
      assert.deepEqual(
        findings.map(({ severity }) => severity),
        ['damage', 'damage'],
      );
    }),
  );

  test(
    'a log is checked while it is written',
    within(async (world) => {
      const partition = await open(world, { segmentBytesMax: 2_000 });
      const writing = (async () => {
        for (const word of range(200)) {
          await partition.append({ records: batchOf([`word ${word}`]) });
          // Writes the checkpoint and indexes, and removes segments.
          if (word % 7 === 6) await partition.deleteRecordsBefore(Math.max(0, word - 40));
        }
      })();
      for (let round = 0; round < 40; round++) {
        const { findings } = await check(world, { isOpen: true });
        assert.deepEqual(findings, []);
      }
      await writing;
      assert.equal((await check(world, { isOpen: true })).facts.endOffset, 200);
      await partition.close();
    }),
  );

  test(
    'records that are not what their batch says are noticed by a deep check',
    within(async (world) => {
      const partition = await open(world);
      // It says that it has two records, and has the bytes of three.
      const records = batchOf(['a', 'b', 'c']);
      records.writeInt32BE(2, 57);
      records.writeInt32BE(1, 23);
      records.writeUInt32BE(crc32c(records.subarray(21)), 17);
      await partition.append({ records });
      await partition.close();
      assert.deepEqual((await check(world)).findings, []);
      const { findings } = await check(world, { deep: true });
      assert.match(findings[0]!.detail, /offset 0: invalid records: there is something behind the last one/);
    }),
  );
});

import { crc32c } from '@cairn/hashing';

/** The same, with another end: sound by its checksum. */
function movedIndex(bytes: Buffer): Buffer {
  const moved = Buffer.from(bytes);
  moved.writeDoubleLE(moved.readDoubleLE(32) - 1, 32);
  moved.writeUInt32LE(crc32c(moved.subarray(16)), 12);
  return moved;
}

function sealed(checkpoint: string): Buffer {
  const json = Buffer.from(checkpoint.slice(checkpoint.indexOf('\n') + 1));
  return Buffer.concat([Buffer.from(`cairn-partition 1 ${crc32c(json).toString(16)}\n`), json]);
}
