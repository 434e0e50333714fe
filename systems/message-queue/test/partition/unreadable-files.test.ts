// Files beside a partition's segments that the disk cannot read: they cost no more than damaged ones.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, type DiskFile, type World } from '@cairn/world';
import { decodeRemoteList } from '../../src/remote/remote-list.ts';
import { bytesOf, check, repair } from '../check/check-fixture.ts';
import {
  append as appendTiered,
  moveAll,
  openTiered,
  withinTiers,
  words,
} from '../tiering/tiering-fixture.ts';
import { append, lines, openCompacted, pairsFrom, seal } from './compaction-fixture.ts';
import { batchOf, directory, open, range, readAll, within } from './partition-fixture.ts';

const segmentBytesMax = 1_000;

/** The world, but the disk fails the first so many times that a file is read, until it is replaced. */
function withBadSector(world: World, name: string, times = Number.POSITIVE_INFINITY): World {
  const path = `${directory}/${name}`;
  let left = times;
  const unreadable = (file: DiskFile): DiskFile =>
    new Proxy(file, {
      get: (target, member) => {
        const value: unknown = Reflect.get(target, member, target);
        if (member === 'read' && left-- > 0)
          return () => Promise.reject(new DiskError('io', { operation: 'read', path }));
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const disk = new Proxy(world.disk, {
    get: (target, member) => {
      if (member === 'open')
        return async (...[opened, mode]: Parameters<World['disk']['open']>) => {
          const file = await target.open(opened, mode);
          return opened === path && left > 0 ? unreadable(file) : file;
        };
      if (member === 'rename')
        return (from: string, to: string) => {
          if (to === path) left = 0;
          return target.rename(from, to);
        };
      const value: unknown = Reflect.get(target, member, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...world, disk };
}

async function fill(world: World): Promise<string> {
  const partition = await open(world, { segmentBytesMax });
  for (const index of range(50)) await partition.append({ records: batchOf([`${index}`]) });
  await partition.deleteRecordsBefore(3);
  await partition.close();
  const index = (await world.disk.list(directory)).filter((name) => name.endsWith('.index')).toSorted()[1];
  assert.ok(index !== undefined);
  return index;
}

for (const kind of ['index', 'checkpoint'] as const) {
  test(
    `regression: a partition opens and is read whole when the disk cannot read its ${kind}`,
    within(async (world) => {
      const index = await fill(world);
      const bad = withBadSector(world, kind === 'index' ? index : kind);
      const partition = await open(bad, { leaderEpoch: 2, segmentBytesMax });
      assert.equal((await readAll(partition, { from: 3 })).length, 47);
      assert.equal((await partition.append({ records: batchOf(['more']) })).baseOffset, 50);
      await partition.close();
      const again = await open(bad, { leaderEpoch: 3, segmentBytesMax });
      assert.equal((await readAll(again, { from: 3 })).length, 48);
    }),
  );

  test(
    `regression: repair makes again the ${kind} that the disk cannot read`,
    within(async (world) => {
      const index = await fill(world);
      const name = kind === 'index' ? index : kind;
      const report = await repair(withBadSector(world, name));
      assert.deepEqual(
        report.remadeFiles.map(({ file }) => file),
        [name],
      );
      assert.match(report.remadeFiles[0]!.detail, /the disk cannot read it/);
      assert.deepEqual(report.problems, []);
    }),
  );
}

test(
  'records that were deleted stay so when the disk could not read the checkpoint once',
  within(async (world) => {
    await fill(world);
    const partition = await open(withBadSector(world, 'checkpoint', 1), { leaderEpoch: 2, segmentBytesMax });
    assert.equal(partition.startOffset, 3);
  }),
);

test(
  'regression: a list of segments in force that the disk cannot read is named by check, and made again by repair',
  within(async (world) => {
    const partition = await openCompacted(world);
    for (const value of ['one', 'two', 'three']) await append(partition, [['a', value]]);
    await seal(partition, world);
    await partition.compact();
    const before = lines(await pairsFrom(partition));
    await partition.close();
    const bad = withBadSector(world, 'segments');
    await assert.rejects(openCompacted(bad, { leaderEpoch: 2 }), { code: 'KAFKA_STORAGE_ERROR' });
    const { findings } = await check(bad);
    assert.match(findings[0]!.detail, /segments is empty, or the disk cannot read it/);
    const { remadeFiles, problems } = await repair(bad);
    assert.deepEqual([remadeFiles.map(({ file }) => file), problems], [['segments'], []]);
    assert.deepEqual(lines(await pairsFrom(await openCompacted(world, { leaderEpoch: 10 }))), before);
  }),
);

test(
  'regression: a list of segments in the blobs engine that the disk cannot read is made again by repair',
  withinTiers(async (tiers) => {
    const partition = await openTiered(tiers);
    const texts = ['a', 'b', 'c', 'd'];
    await appendTiered(partition, texts);
    await moveAll(partition);
    await partition.close();
    const segmentsNow = async () => decodeRemoteList(await bytesOf(tiers.world, 'remote'))?.segments;
    const before = await segmentsNow();
    const bad = withBadSector(tiers.world, 'remote');
    assert.match((await check(bad)).findings[0]!.detail, /remote is empty, or the disk cannot read it/);
    const report = await repair(bad, { isTiered: true, blobs: tiers.engine.storage });
    assert.deepEqual([report.remadeFiles.map(({ file }) => file), report.problems], [['remote'], []]);
    assert.deepEqual(await segmentsNow(), before);
    assert.deepEqual(words(await readAll(await openTiered(tiers))), texts);
  }),
);

test(
  'regression: a log that the disk cannot read at all is a problem of its own to check and repair',
  within(async (world) => {
    const partition = await open(world);
    await partition.append({ records: batchOf(['one']) });
    await partition.close();
    const bad = withBadSector(world, '000000000001.segment');
    const { findings } = await check(bad);
    assert.match(findings[0]!.detail, /input\/output error/);
    const { problems } = await repair(bad);
    assert.match(problems[0]!.detail, /input\/output error/);
    assert.ok(!problems[0]!.isResolved);
  }),
);
