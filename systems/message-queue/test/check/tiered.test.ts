// A partition whose old segments are in the blobs engine: what was moved is no gap, what rots there is damage, and a repair takes
// nothing that it needs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspectLog } from '../../src/check/inspect-log.ts';
import { decodeRemoteList, encodeRemoteList } from '../../src/remote/remote-list.ts';
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
import { addFile, bytesOf, check, repair, replaceFile, rot } from './check-fixture.ts';

const six = ['a', 'b', 'c', 'd', 'e', 'f'];
const unread = /^5 segments in the blobs engine, offsets 0 to 4, could not be looked at: none is configured/;

/** Five segments are there, the last is here; `kept` of the five are here too. */
async function moved(tiers: Tiers, { kept = 0 } = {}): Promise<void> {
  const remote = { ...tiered.remote!, localRetentionBytes: kept * 600 };
  const partition = await openTiered(tiers, { remote });
  await append(partition, six);
  await moveAll(partition);
  await partition.close();
}

async function details(tiers: Tiers, options: { blobs?: boolean; isOpen?: boolean } = {}) {
  const { blobs = true, isOpen = false } = options;
  const { findings } = await check(tiers.world, {
    ...{ deep: true, isOpen },
    ...(blobs && { blobs: tiers.engine.storage }),
  });
  return findings.map(({ severity, detail }) => `${severity}: ${detail}`);
}

describe('a tiered partition', () => {
  test(
    'is sound, and without the engine a notice says what was not looked at',
    withinTiers(async (tiers) => {
      await moved(tiers);
      const { findings, facts } = await check(tiers.world, { deep: true, blobs: tiers.engine.storage });
      assert.deepEqual([findings, facts.endOffset, facts.batches], [[], 6, 6]);
      const without = await check(tiers.world);
      assert.deepEqual(
        without.findings.map(({ severity }) => severity),
        ['notice'],
      );
      assert.match(without.findings[0]!.detail, unread);
      assert.equal(without.facts.endOffset, 6);
    }),
  );

  test(
    'is sound while some segments are in both places, and in use',
    withinTiers(async (tiers) => {
      await moved(tiers, { kept: 2 });
      assert.deepEqual(await details(tiers), []);
      const partition = await openTiered(tiers);
      await append(partition, ['g']);
      assert.deepEqual(await details(tiers, { isOpen: true }), []);
      await partition.close();
    }),
  );

  test(
    'that keeps a segment in front of moved ones has no gap there',
    withinTiers(async (tiers) => {
      const partition = await openTiered(tiers);
      await append(partition, six);
      await rot(tiers.world, '000000000001.segment', 'a....');
      await moveAll(partition);
      await partition.close();
      const names = await tiers.world.disk.list(directory);
      const here = names.filter((name) => name.endsWith('.segment'));
      assert.deepEqual(here.length, 2, 'the damaged one and the last');
      const found = await details(tiers);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, /^damage: segment 1 at \d+.*: offset 0 is lost$/);
      const { problems } = await repair(tiers.world, { acceptLoss: true, isTiered: true });
      assert.deepEqual(
        problems.map(({ isResolved }) => isResolved),
        [true],
      );
      assert.deepEqual(await details(tiers), []);
      const again = await openTiered(tiers);
      assert.deepEqual(words(await readAll(again)), six.slice(1));
      await again.close();
    }),
  );

  test(
    'every bit of a blob counts',
    withinTiers(async (tiers) => {
      await moved(tiers);
      const [, name] = tiers.blobs.names();
      const { body } = (await tiers.blobs.open(tiers.world).get(name!))!;
      let sizeBytes = 0;
      for await (const piece of body) sizeBytes += piece.length;
      for (let at = 0; at < sizeBytes; at += 7) {
        tiers.blobs.rot(name!, at);
        const found = await details(tiers);
        assert.ok(
          found.some((one) => one.startsWith('damage')),
          `not noticed at ${at}`,
        );
        tiers.blobs.rot(name!, at);
      }
      assert.deepEqual(await details(tiers), []);
    }),
  );

  test(
    'rot in the copy of a segment that is here too is damage, without lost records',
    withinTiers(async (tiers) => {
      await moved(tiers, { kept: 2 });
      tiers.blobs.rot(tiers.blobs.names().at(-1)!, 100);
      const found = await details(tiers);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, /^damage: segment 5: the blob .*: a checksum is wrong$/);
    }),
  );

  test(
    'a blob that is missing is damage, and its offsets are named',
    withinTiers(async (tiers) => {
      await moved(tiers);
      await tiers.blobs.open(tiers.world).delete([tiers.blobs.names()[2]!]);
      const found = await details(tiers);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0]!, /^damage: segment 3 at 0.*the blob .* is missing: offset 2 is lost$/);
    }),
  );

  test(
    'what rots on its way only is looked at again',
    withinTiers(async (tiers) => {
      await moved(tiers);
      tiers.blobs.rotNextRead();
      assert.deepEqual(await details(tiers), []);
    }),
  );

  test(
    'an engine that fails is no damage: a notice says what was not looked at',
    withinTiers(async (tiers) => {
      await moved(tiers);
      tiers.blobs.mood = { failing: 1, delayMsMax: 1 };
      const found = await details(tiers);
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(
        found[0]!,
        /^notice: 5 segments in the blobs engine, offsets 0 to 4, could not be looked at/,
      );
    }),
  );

  test(
    'offsets that neither place has are a gap',
    withinTiers(async (tiers) => {
      await moved(tiers);
      const list = decodeRemoteList(await bytesOf(tiers.world, 'remote'))!;
      const segments = list.segments.filter((_, index) => index !== 3);
      await replaceFile(tiers.world, 'remote', encodeRemoteList({ ...list, segments }));
      assert.deepEqual(await details(tiers), ['damage: offsets 3 to 3 are not there']);
    }),
  );

  test(
    'its list that rots, or contradicts itself, is damage, which a repair without the engine names and leaves',
    withinTiers(async (tiers) => {
      await moved(tiers);
      const sound = await bytesOf(tiers.world, 'remote');
      const list = decodeRemoteList(sound)!;
      const wrong = encodeRemoteList({ ...list, segments: list.segments.toReversed() });
      const rotten = Buffer.from(sound);
      rotten[rotten.length - 3]! ^= 1;
      for (const [bytes, detail] of [
        [rotten, /remote is damaged/],
        [wrong, /remote has segment 4 in the wrong place/],
      ] as const) {
        await replaceFile(tiers.world, 'remote', bytes);
        assert.match((await details(tiers))[0]!, detail);
        const names = await tiers.world.disk.list(directory);
        const { problems } = await repair(tiers.world, { acceptLoss: true, isTiered: true });
        assert.match(
          problems[0]!.detail,
          /^remote: .* cannot be made again, as no blobs engine is configured/,
        );
        assert.match(problems[1]!.detail, detail);
        assert.deepEqual(await tiers.world.disk.list(directory), names);
        assert.deepEqual(await bytesOf(tiers.world, 'remote'), bytes);
      }
    }),
  );

  for (const [name, other] of [
    ['checkpoint', 'checkpoint.second'],
    ['checkpoint.second', 'checkpoint'],
  ] as const)
    test(
      `its ${name} that rots is made again while the ${other} is sound`,
      withinTiers(async (tiers) => {
        await moved(tiers);
        await flipLastBit(tiers.world, name);
        assert.match((await details(tiers))[0]!, /^damage: checkpoint.* does not match its checksum/);
        const { remadeFiles, problems } = await repair(tiers.world, { isTiered: true });
        assert.deepEqual([remadeFiles.map(({ file }) => file), problems], [[name], []]);
        assert.deepEqual(await details(tiers), []);
        const again = await openTiered(tiers);
        assert.deepEqual(words(await readAll(again)), six);
        await again.close();
      }),
    );

  test(
    'both checkpoints damaged stay: to make them again the engine has to be read, which the broker does',
    withinTiers(async (tiers) => {
      await moved(tiers);
      for (const name of ['checkpoint', 'checkpoint.second']) await flipLastBit(tiers.world, name);
      const { remadeFiles, problems } = await repair(tiers.world, { acceptLoss: true, isTiered: true });
      assert.deepEqual(remadeFiles, []);
      assert.match(problems[0]!.detail, /it stays, since no other is sound/);
      assert.ok(problems.every(({ isResolved }) => !isResolved));
      const again = await openTiered(tiers);
      assert.deepEqual(words(await readAll(again)), six);
      await again.close();
      assert.deepEqual(await details(tiers), []);
    }),
  );

  test(
    'a repair leaves a sound one as it is, but for what a crash left',
    withinTiers(async (tiers) => {
      await moved(tiers, { kept: 2 });
      await addFile(tiers.world, 'remote.new', Buffer.from('cut short'));
      await addFile(tiers.world, 'checkpoint.second.new', Buffer.from('cut short'));
      const list = await bytesOf(tiers.world, 'remote');
      assert.equal((await details(tiers)).length, 2);
      const { problems, removedLeftovers, remadeFiles } = await repair(tiers.world, { isTiered: true });
      assert.deepEqual([problems, remadeFiles, removedLeftovers.length], [[], [], 2]);
      assert.deepEqual(await bytesOf(tiers.world, 'remote'), list);
      assert.equal(tiers.blobs.names().length, 5);
      assert.deepEqual(await details(tiers), []);
    }),
  );

  test(
    'inspection shows the batches that are there, and where they lie',
    withinTiers(async (tiers) => {
      await moved(tiers);
      const asked = { directory, offset: undefined, show: () => ({}) };
      const kinds = async (blobs?: Tiers['engine']['storage']) => {
        const seen: string[] = [];
        for await (const step of inspectLog(tiers.world, { ...asked, blobs }))
          seen.push(step.kind === 'segment' && step.blob !== undefined ? 'blob' : step.kind);
        return seen;
      };
      const there = ['blob', 'batch'];
      const here = ['segment', 'batch'];
      const five = <T>(steps: readonly T[]): readonly T[] => six.slice(1).flatMap(() => steps);
      assert.deepEqual(await kinds(tiers.engine.storage), [...five(there), ...here]);
      assert.deepEqual(await kinds(), [...five(['blob', 'unread']), ...here]);
    }),
  );
});
