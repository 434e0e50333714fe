// A compacted partition: what was compacted away is no damage, what rots in a batch file is.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { World } from '@cairn/world';
import { append, openCompacted, seal } from '../partition/compaction-fixture.ts';
import { directory, within } from '../partition/partition-fixture.ts';
import { bytesOf, check, overwrite, repair } from './check-fixture.ts';

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
