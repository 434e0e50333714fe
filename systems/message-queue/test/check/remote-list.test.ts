// The list of segments in the blobs engine is damaged: a repair makes it again from the blobs, or says why it cannot.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BatchFileEncoder } from '../../src/partition/segments/batch-file-encoder.ts';
import { decodeRemoteList, type RemoteList } from '../../src/remote/remote-list.ts';
import { append as appendPairs, openCompacted, seal } from '../partition/compaction-fixture.ts';
import { directory, flipLastBit, readAll } from '../partition/partition-fixture.ts';
import {
  append,
  moveAll,
  openTiered,
  type Tiers,
  tiered,
  withinTiers,
  words,
} from '../tiering/tiering-fixture.ts';
import { bytesOf, check, overwrite, repair, replaceFile, rot } from './check-fixture.ts';

const six = ['a', 'b', 'c', 'd', 'e', 'f'];
const nonsense = Buffer.from('nothing like it');

/** Five segments are there, the last is here; `kept` of the five are here too. Gives the list, and rots it. */
async function rotten(tiers: Tiers, { kept = 0 } = {}): Promise<RemoteList> {
  const partition = await openTiered(tiers, {
    remote: { ...tiered.remote!, localRetentionBytes: kept * 600 },
  });
  await append(partition, six);
  await moveAll(partition);
  await partition.close();
  const list = decodeRemoteList(await bytesOf(tiers.world, 'remote'))!;
  assert.equal(list.segments.length, 5);
  await flipLastBit(tiers.world, 'remote');
  return list;
}

const repaired = (tiers: Tiers) => repair(tiers.world, { isTiered: true, blobs: tiers.engine.storage });

async function listNow({ world }: Tiers): Promise<RemoteList | undefined> {
  return decodeRemoteList(await bytesOf(world, 'remote'));
}

async function findings({ world, engine }: Tiers): Promise<readonly string[]> {
  const { findings: found } = await check(world, { deep: true, blobs: engine.storage });
  return found.map(({ detail }) => detail);
}

async function readable(tiers: Tiers): Promise<readonly string[]> {
  const partition = await openTiered(tiers);
  try {
    return words(await readAll(partition));
  } finally {
    await partition.close();
  }
}

/** A repair makes the list anew, to the same as it was. */
async function assertRemade(tiers: Tiers, list: RemoteList): Promise<void> {
  const { remadeFiles, problems } = await repaired(tiers);
  assert.deepEqual([remadeFiles.map(({ file }) => file), problems], [['remote'], []]);
  assert.deepEqual(await listNow(tiers), { segments: list.segments, garbage: [] });
}

/** A repair says why not, and changes neither the list nor a blob. */
async function assertLeft(tiers: Tiers, why: RegExp): Promise<void> {
  const [before, blobs] = [await bytesOf(tiers.world, 'remote'), tiers.blobs.names()];
  const { remadeFiles, problems } = await repair(tiers.world, {
    ...{ acceptLoss: true, isTiered: true, blobs: tiers.engine.storage },
  });
  assert.deepEqual(remadeFiles, []);
  assert.match(problems[0]!.detail, /^remote: it was lost, or .*; it cannot be made again, as /);
  assert.match(problems[0]!.detail, why);
  assert.equal(problems[0]!.isResolved, false);
  assert.deepEqual(await bytesOf(tiers.world, 'remote'), before);
  assert.deepEqual(tiers.blobs.names(), blobs);
}

describe('a damaged list of segments in the blobs engine', () => {
  for (const kept of [0, 2])
    test(
      `is made again, and all records are read, while ${kept} segments are here too`,
      withinTiers(async (tiers) => {
        const list = await rotten(tiers, { kept });
        assert.match((await findings(tiers))[0]!, /remote is damaged/);
        await assertRemade(tiers, list);
        assert.deepEqual(await findings(tiers), []);
        assert.deepEqual(await readable(tiers), six);
        assert.equal(tiers.blobs.names().length, 5, 'nothing was taken for nobody’s');
      }),
    );

  test(
    'that is nothing but nonsense is made again',
    withinTiers(async (tiers) => {
      const list = await rotten(tiers);
      await replaceFile(tiers.world, 'remote', nonsense);
      await assertRemade(tiers, list);
    }),
  );

  test(
    'that is lost keeps the partition closed, so that nothing is deleted in the engine, and is made again',
    withinTiers(async (tiers) => {
      const list = await rotten(tiers);
      await tiers.world.disk.remove(`${directory}/remote`);
      assert.match((await findings(tiers))[0]!, /remote is missing$/);
      await assert.rejects(openTiered(tiers), /remote is missing$/);
      const { problems } = await repair(tiers.world, { isTiered: true });
      assert.match(problems[0]!.detail, /as no blobs engine is configured/);
      await assertRemade(tiers, list);
      assert.deepEqual(await findings(tiers), []);
      assert.deepEqual(await readable(tiers), six);
    }),
  );

  test(
    'is made again whatever one bit of a blob is wrong: the others are read, and what is damaged is named',
    withinTiers(async (tiers) => {
      const list = await rotten(tiers);
      const sound = await bytesOf(tiers.world, 'remote');
      const { name, sizeBytes } = list.segments[2]!;
      for (let at = 0; at < sizeBytes; at += 5) {
        tiers.blobs.rot(name, at);
        await replaceFile(tiers.world, 'remote', sound);
        await assertRemade(tiers, list);
        const found = await findings(tiers);
        assert.match(found.join(), /^segment 3/, `at ${at}`);
        tiers.blobs.rot(name, at);
      }
    }),
  );

  test(
    'is made again when a blob does not say where it ends: up to where the next one begins',
    withinTiers(async (tiers) => {
      const list = await rotten(tiers);
      const { name, sizeBytes } = list.segments[2]!;
      tiers.blobs.place(name, Buffer.alloc(sizeBytes, 7));
      const { remadeFiles, problems } = await repaired(tiers);
      assert.deepEqual([remadeFiles.map(({ file }) => file), problems], [['remote'], []]);
      const { segments } = (await listNow(tiers))!;
      assert.deepEqual(
        segments.map(({ baseOffset, endOffset }) => [baseOffset, endOffset]),
        list.segments.map(({ baseOffset, endOffset }) => [baseOffset, endOffset]),
      );
      const found = await findings(tiers);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, /^segment 3 at 0.* is damaged.*: offset 2 is lost$/);
      const partition = await openTiered(tiers);
      assert.deepEqual(words(await readAll(partition, { from: 3 })), ['d', 'e', 'f']);
      await partition.close();
    }),
  );

  for (const [what, index, why] of [
    ['the first blob', 0, /as offsets 0 to 0 are not there$/],
    ['a blob between', 2, /as offsets 2 to 2 are not there$/],
    ['the last blob', 4, /as offsets 4 to 4 are not there$/],
  ] as const)
    test(
      `stays when ${what} is missing`,
      withinTiers(async (tiers) => {
        const { segments } = await rotten(tiers);
        await tiers.blobs.open(tiers.world).delete([segments[index]!.name]);
        await assertLeft(tiers, why);
      }),
    );

  test(
    'stays when the last blob is missing, and the log behind it is empty',
    withinTiers(async (tiers) => {
      const partition = await openTiered(tiers);
      await append(partition, six);
      await seal(partition, tiers.world);
      await moveAll(partition);
      await partition.close();
      const list = (await listNow(tiers))!;
      assert.equal(list.segments.length, 6);
      await flipLastBit(tiers.world, 'remote');
      const { name } = list.segments[5]!;
      const bytes = tiers.blobs.bytesOf(name);
      await tiers.blobs.open(tiers.world).delete([name]);
      await assertLeft(tiers, /as offsets 5 to 5 are not there$/);
      tiers.blobs.place(name, bytes);
      await assertRemade(tiers, list);
      assert.deepEqual(await readable(tiers), six);
    }),
  );

  test(
    'stays when a blob holds what the log here, or another blob, does',
    withinTiers(async (tiers) => {
      const { segments } = await rotten(tiers);
      for (const [index, endOffset, why] of [
        [4, 7, /as of segment 6 its batch begins at offset 5, behind 7$/],
        [3, 5, /holds a part of what another blob does$/],
      ] as const) {
        const { name, segment, baseOffset } = segments[index]!;
        const sound = tiers.blobs.bytesOf(name);
        const encoder = new BatchFileEncoder({ segment, baseOffset, id: Buffer.alloc(16) });
        const pieces = [encoder.header(), encoder.footer(endOffset), encoder.index.encode()];
        tiers.blobs.place(name, Buffer.concat(pieces));
        await assertLeft(tiers, why);
        tiers.blobs.place(name, sound);
      }
    }),
  );

  test(
    'stays when nothing is there, as in another bucket',
    withinTiers(async (tiers) => {
      await rotten(tiers);
      await tiers.blobs.open(tiers.world).delete(tiers.blobs.names());
      await assertLeft(tiers, /as offsets 0 to 4 are not there$/);
    }),
  );

  test(
    'stays when nothing is there, nor anything that says where the partition began',
    withinTiers(async (tiers) => {
      await rotten(tiers);
      await tiers.blobs.open(tiers.world).delete(tiers.blobs.names());
      for (const name of ['checkpoint', 'checkpoint.second']) await flipLastBit(tiers.world, name);
      await assertLeft(tiers, /as no checkpoint says at which offset it began$/);
    }),
  );

  test(
    'stays while the engine fails',
    withinTiers(async (tiers) => {
      await rotten(tiers);
      tiers.blobs.mood = { failing: 1, delayMsMax: 1 };
      await assertLeft(tiers, /as .*the blobs of .* could not be listed/);
    }),
  );

  test(
    'stays when a blob was cut off',
    withinTiers(async (tiers) => {
      const { segments } = await rotten(tiers);
      tiers.blobs.place(segments[1]!.name, Buffer.alloc(20));
      await assertLeft(tiers, /is damaged, and nothing says where it ended$/);
    }),
  );

  test(
    'does not name a damaged copy of what is here: it is copied again',
    withinTiers(async (tiers) => {
      const { segments } = await rotten(tiers, { kept: 2 });
      const { name } = segments[4]!;
      tiers.blobs.rot(name, 100);
      assert.deepEqual((await repaired(tiers)).problems, []);
      assert.deepEqual((await listNow(tiers))!.segments, segments.slice(0, 4));
      const partition = await openTiered(tiers, {
        remote: { ...tiered.remote!, localRetentionBytes: 1_200 },
      });
      await moveAll(partition);
      await partition.close();
      assert.equal(tiers.blobs.names().length, 5);
      assert.ok(!tiers.blobs.names().includes(name), 'the damaged one is gone');
      assert.deepEqual(await findings(tiers), []);
      assert.deepEqual(await readable(tiers), six);
    }),
  );

  test(
    'names a sound copy of what is damaged here, and stays when both are damaged',
    withinTiers(async (tiers) => {
      const list = await rotten(tiers, { kept: 2 });
      await rot(tiers.world, '000000000005.segment', 'e....');
      const { remadeFiles } = await repaired(tiers);
      assert.deepEqual(
        remadeFiles.map(({ file }) => file),
        ['remote'],
      );
      assert.deepEqual((await listNow(tiers))!.segments, list.segments);
      tiers.blobs.rot(list.segments[4]!.name, 100);
      await flipLastBit(tiers.world, 'remote');
      await assertLeft(tiers, /as segment 5 is damaged here and there$/);
    }),
  );

  test(
    'takes of two blobs of a segment the one that is sound, and none when neither is',
    withinTiers(async (tiers) => {
      const list = await rotten(tiers);
      const sound = list.segments[1]!;
      const other = sound.name.replace(/[0-9a-f]{24}$/, '0'.repeat(24));
      const bytes = tiers.blobs.bytesOf(sound.name);
      bytes[100]! ^= 1;
      tiers.blobs.place(other, bytes);
      await assertRemade(tiers, list);
      tiers.blobs.rot(sound.name, 200);
      await flipLastBit(tiers.world, 'remote');
      await assertLeft(tiers, /as damaged are .* and /);
    }),
  );

  test(
    'names nothing that lies below the start: what was deleted stays deleted',
    withinTiers(async (tiers) => {
      const partition = await openTiered(tiers);
      await append(partition, six);
      await moveAll(partition);
      const gone = tiers.blobs.names().slice(0, 2);
      const bytes = gone.map((name) => tiers.blobs.bytesOf(name));
      await partition.deleteRecordsBefore(2);
      await partition.upkeep();
      await moveAll(partition);
      await partition.close();
      const list = (await listNow(tiers))!;
      assert.equal(list.segments.length, 3);
      for (const [index, name] of gone.entries()) tiers.blobs.place(name, bytes[index]!);
      await flipLastBit(tiers.world, 'remote');
      await assertRemade(tiers, list);
      assert.deepEqual(await readable(tiers), six.slice(2));
    }),
  );

  test(
    'does not name blobs of what compaction has replaced since',
    withinTiers(async (tiers) => {
      const { world, blobs } = tiers;
      const compacted = await openCompacted(world);
      for (let round = 0; round < 4; round++) {
        await appendPairs(compacted, [['key', `value ${round}`]]);
        await seal(compacted, world);
      }
      await compacted.compact();
      await compacted.close();
      const moving = await openTiered(tiers);
      await moveAll(moving);
      await moving.close();
      const list = (await listNow(tiers))!;
      assert.ok(list.segments.length > 0, 'what was compacted is copied');
      const file = (await world.disk.list(directory)).find((name) => name.endsWith('.batches'))!;
      // As if an engine had stored it after all, of before the compaction.
      const [{ name, segment }] = list.segments as [RemoteList['segments'][number]];
      assert.ok(segment > 1, 'several became one');
      blobs.place(
        name.replace(/\d{12}-\d{20}/, `${'1'.padStart(12, '0')}-${'0'.padStart(20, '0')}`),
        Buffer.alloc(500),
      );
      await flipLastBit(world, 'remote');
      await assertRemade(tiers, list);
      await flipLastBit(world, 'remote');
      await overwrite(world, file, Buffer.from([0xff]), 100);
      await assertLeft(tiers, /is damaged/);
    }),
  );
});
