// A compacted partition: what was compacted away is no damage, what rots in a batch file is.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { World } from '@cairn/world';
import type { LogPartition } from '../../src/partition/log-partition.ts';
import { append, lines, openCompacted, pairsFrom, seal } from '../partition/compaction-fixture.ts';
import { directory, within } from '../partition/partition-fixture.ts';
import { addFile, bytesOf, check, overwrite, repair } from './check-fixture.ts';

/** Old values of two keys were compacted away; the newest are in a batch file, and some behind it in the log. */
async function compacted(world: World): Promise<string> {
  const partition = await openCompacted(world);
  for (let round = 0; round < 6; round++) {
    await append(partition, [
      [`key ${round % 2}`, `value ${round}`],
      ['always', `${round}`],
    ]);
    if (round % 2 === 1) await seal(partition, world);
  }
  await partition.compact({ signal: new AbortController().signal });
  await append(partition, [['key 0', 'newest']]);
  await partition.close();
  const file = (await world.disk.list(directory)).find((name) => name.endsWith('.batches'));
  assert.ok(file !== undefined, 'something was compacted');
  return file;
}

async function reopened<T>(world: World, use: (partition: LogPartition) => Promise<T>): Promise<T> {
  const partition = await openCompacted(world, { leaderEpoch: 20 });
  try {
    return await use(partition);
  } finally {
    await partition.close();
  }
}

describe('a compacted partition', () => {
  test(
    'is sound, whether it is open or not',
    within(async (world) => {
      await compacted(world);
      const { findings, facts } = await check(world, { deep: true });
      assert.deepEqual([findings, facts.endOffset], [[], 13]);
      assert.deepEqual((await check(world, { isOpen: true })).findings, []);
      assert.deepEqual((await repair(world)).problems, []);
      assert.deepEqual((await check(world)).findings, []);
    }),
  );

  test(
    'every bit of its batch file counts',
    within(async (world) => {
      const file = await compacted(world);
      const bytes = await bytesOf(world, file);
      for (let at = 0; at < bytes.length; at += 7) {
        await overwrite(world, file, Buffer.from([bytes[at]! ^ 4]), at);
        const { findings } = await check(world);
        assert.ok(
          findings.some(({ severity }) => severity === 'damage'),
          `not noticed at ${at}`,
        );
        await overwrite(world, file, bytes.subarray(at, at + 1), at);
      }
      assert.deepEqual((await check(world)).findings, []);
    }),
  );

  test(
    'a batch file that is gone is damage, which nothing can be put in the place of',
    within(async (world) => {
      const file = await compacted(world);
      await world.disk.remove(`${directory}/${file}`);
      const { findings } = await check(world);
      assert.match(findings[0]!.detail, /could not be read.*offsets 0 to \d+ are lost/);
    }),
  );

  test(
    'a list of segments that rots is damage',
    within(async (world) => {
      await compacted(world);
      await overwrite(world, 'segments', Buffer.from('nothing like it'));
      assert.match((await check(world)).findings[0]!.detail, /segments is damaged/);
    }),
  );

  test(
    'a list of segments that rots is made again from the batch files, and the partition goes on',
    within(async (world) => {
      await compacted(world);
      const before = await reopened(world, async (partition) => lines(await pairsFrom(partition)));
      await overwrite(world, 'segments', Buffer.from('nothing like it'));
      const { remadeFiles, problems } = await repair(world);
      assert.deepEqual([remadeFiles.map(({ file }) => file), problems], [['segments'], []]);
      assert.deepEqual((await check(world, { deep: true })).findings, []);
      await reopened(world, async (partition) => {
        assert.deepEqual(lines(await pairsFrom(partition)), before);
        assert.equal(partition.endOffset, 13);
        await append(partition, [['always', 'last']]);
        await seal(partition, world);
        assert.ok(await partition.compact(), 'all of it counts as not compacted yet');
        const [last] = (await pairsFrom(partition)).filter(({ key }) => key === 'always');
        assert.deepEqual([last?.offset, last?.value], [13, 'last']);
      });
    }),
  );

  test(
    'a list of segments that is lost is damage: nothing is removed for want of it, and a repair makes it again',
    within(async (world) => {
      const file = await compacted(world);
      const before = await reopened(world, async (partition) => lines(await pairsFrom(partition)));
      await world.disk.remove(`${directory}/segments`);
      assert.match((await check(world)).findings[0]!.detail, /segments is missing, as .*batches is there/);
      await assert.rejects(openCompacted(world), /segments is missing/);
      assert.ok((await world.disk.list(directory)).includes(file));
      const { remadeFiles, problems } = await repair(world);
      assert.deepEqual([remadeFiles.map((one) => one.file), problems], [['segments'], []]);
      assert.deepEqual((await check(world, { deep: true })).findings, []);
      await reopened(world, async (partition) => assert.deepEqual(lines(await pairsFrom(partition)), before));
    }),
  );

  test(
    'without a list a batch file that ends below the start, or was cut short, is what a crash left: it is removed',
    within(async (world) => {
      const file = await compacted(world);
      const bytes = await bytesOf(world, file);
      await reopened(world, (partition) => partition.deleteRecordsBefore(13));
      const names = await world.disk.list(directory);
      assert.ok(!names.includes(file) && !names.includes('000000000001.segment'));
      await world.disk.remove(`${directory}/segments`);
      await addFile(world, file, bytes);
      await addFile(world, '000000000002-9.batches', bytes.subarray(0, -1));
      await reopened(world, async (partition) => {
        assert.deepEqual([partition.startOffset, partition.endOffset], [13, 13]);
        const left = (await world.disk.list(directory)).filter((name) => name.endsWith('.batches'));
        assert.deepEqual(left, []);
      });
    }),
  );

  test(
    'files that the list had replaced, and that a crash left, do not count in the new list',
    within(async (world) => {
      const old = await compacted(world);
      const oldBytes = await bytesOf(world, old);
      const before = await reopened(world, async (partition) => {
        await append(partition, [['key 1', 'newer']]);
        await seal(partition, world);
        await partition.compact();
        return lines(await pairsFrom(partition));
      });
      assert.ok(!(await world.disk.list(directory)).includes(old), 'it was replaced');
      await addFile(world, old, oldBytes);
      await overwrite(world, 'segments', Buffer.from('nothing like it'));
      assert.deepEqual((await repair(world)).problems, []);
      await reopened(world, async (partition) => assert.deepEqual(lines(await pairsFrom(partition)), before));
    }),
  );

  for (const [what, hurt, why] of [
    [
      'a batch file is gone',
      (world: World, file: string) => world.disk.remove(`${directory}/${file}`),
      /are not there/,
    ],
    [
      'a batch file rots too',
      (world: World, file: string) => overwrite(world, file, Buffer.from([0xff]), 100),
      /is damaged too/,
    ],
  ] as const)
    test(
      `a list of segments that rots stays as it is when ${what}`,
      within(async (world) => {
        const file = await compacted(world);
        await overwrite(world, 'segments', Buffer.from('nothing like it'));
        const list = await bytesOf(world, 'segments');
        await hurt(world, file);
        const { remadeFiles, problems } = await repair(world, { acceptLoss: true });
        assert.deepEqual(remadeFiles, []);
        assert.match(problems[0]!.detail, /^segments: .* cannot be made again/);
        assert.match(problems[0]!.detail, why);
        assert.deepEqual(await bytesOf(world, 'segments'), list);
      }),
    );

  test(
    'an index of a batch file that is wrong is made again',
    within(async (world) => {
      const file = await compacted(world);
      const index = file.replace('.batches', '.index');
      await overwrite(world, index, Buffer.from('nonsense'));
      assert.match((await check(world)).findings[0]!.detail, new RegExp(`^${index}: `));
      assert.deepEqual(
        (await repair(world)).remadeFiles.map((one) => one.file),
        [index],
      );
      assert.deepEqual((await check(world)).findings, []);
    }),
  );
});
