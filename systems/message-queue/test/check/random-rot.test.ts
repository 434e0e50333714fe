// Bits rot at random. A check has to notice each that matters, and after a repair everything that was not hit is there, at
// its offset; nothing else is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { World } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { batchOf, directory, open, range, readAll } from '../partition/partition-fixture.ts';
import { bytesOf, check, overwrite, repair } from './check-fixture.ts';

const seeds = 60;

for (const seed of range(seeds))
  test(`seed ${seed}: what rots is noticed, and the rest is kept`, async () => {
    const simulation = new Simulation({ seed });
    await simulation.run(async () => {
      const { world } = simulation.machine('broker');
      const written = await writeSome(world);
      const hit = await rotSome(world);
      const { findings } = await check(world);
      assert.ok(
        findings.some(({ severity }) => severity === 'damage'),
        `not noticed: ${hit}`,
      );
      await repair(world, { acceptLoss: true });
      const left = (await check(world)).findings;
      // The header of a segment is not made again; its records are read all the same.
      assert.deepEqual(
        left.filter(({ detail }) => !/segment header/.test(detail)),
        [],
        hit,
      );
      await verify(world, written);
    });
  });

type Written = ReadonlyMap<number, string>;

/** Over several segments, in batches of one to four records. */
async function writeSome(world: World): Promise<Written> {
  const written = new Map<number, string>();
  const partition = await open(world, { segmentBytesMax: 1_500 });
  for (let round = 0; round < 25; round++) {
    const words = range(1 + world.random.integer(4)).map(
      (word) => `${round}.${word} ${'x'.repeat(world.random.integer(60))}`,
    );
    const { baseOffset } = await partition.append({ records: batchOf(words) });
    for (const [index, word] of words.entries()) written.set(baseOffset + index, word);
  }
  await partition.close();
  return written;
}

/** One bit of one file. */
async function rotSome(world: World): Promise<string> {
  const names = (await world.disk.list(directory)).filter((name) =>
    /^\d+\.(segment|index)$|^checkpoint$/.test(name),
  );
  const name = names[world.random.integer(names.length)]!;
  const bytes = await bytesOf(world, name);
  // Behind what a log was preallocated for there is nothing to rot.
  const end = name.endsWith('segment') ? bytes.findLastIndex((byte) => byte !== 0) + 1 : bytes.length;
  const at = world.random.integer(end);
  const bit = world.random.integer(8);
  await overwrite(world, name, Buffer.from([bytes[at]! ^ (1 << bit)]), at);
  return `bit ${bit} at ${at} of ${name}`;
}

async function verify(world: World, written: Written): Promise<void> {
  const partition = await open(world, { leaderEpoch: 30, segmentBytesMax: 1_500 });
  const seen = await readAll(partition);
  assert.equal(partition.endOffset, written.size);
  for (const { offset, text } of seen) assert.equal(text, written.get(offset));
  const lost = written.size - seen.length;
  assert.ok(lost <= 4, `one batch at most is hit, ${lost} records are lost`);
  await partition.close();
}
