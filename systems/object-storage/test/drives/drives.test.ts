// Objects on several drives: written, read in ranges, with drives gone, rotten and replaced.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentOf, emptyFolder, MiB, openNew, pull, put, read, until } from './several-drives.ts';

const sizes = [0, 1, 65_535, 65_536, 65_537, 100_000, 262_144, 262_145, 1_000_000, 3 * MiB + 17];

for (const { drives, redundancy, losses } of [
  { drives: 1, redundancy: 'none', losses: 0 },
  { drives: 3, redundancy: 'none', losses: 0 },
  { drives: 2, redundancy: 'mirror:2', losses: 1 },
  { drives: 4, redundancy: 'mirror:3', losses: 2 },
  { drives: 3, redundancy: '2+1', losses: 1 },
  { drives: 6, redundancy: '4+2', losses: 2 },
  { drives: 12, redundancy: '8+4', losses: 4 },
]) {
  test(`${redundancy} on ${drives} drives: every size and range, also with ${losses} drives gone`, async (t) => {
    const { storage, folders } = await openNew(t, { drives, redundancy });
    for (const size of sizes) await put(storage, `${size}`, contentOf(`${size}`, size));
    const readAll = async () => {
      for (const size of sizes) {
        const content = contentOf(`${size}`, size);
        assert((await read(storage, `${size}`)).equals(content), `${size} bytes`);
        for (const start of [0, 1, 65_535, 65_536, 250_000, 524_288].filter((at) => at < size)) {
          for (const length of [1, 70_000, size - start].filter((bytes) => start + bytes <= size)) {
            const found = await read(storage, `${size}`, { start, length });
            assert(found.equals(content.subarray(start, start + length)), `${start}+${length} of ${size}`);
          }
        }
      }
    };
    await readAll();
    assert.deepEqual(await storage.check({ deep: true }), []);
    for (const folder of folders.slice(0, losses)) await pull(folder);
    if (losses === 0) return;
    await until('the drives are missed', async () => {
      const { drives: found } = (await storage.stats()).drives!;
      return found.filter(({ state }) => state === 'missing').length === losses;
    });
    await readAll();
    for (const size of sizes) await put(storage, `degraded-${size}`, contentOf(`degraded-${size}`, size));
    for (const size of sizes)
      assert((await read(storage, `degraded-${size}`)).equals(contentOf(`degraded-${size}`, size)));
    for (const folder of folders.slice(0, losses)) {
      await emptyFolder(folder);
      await storage.replaceDrive({ folder });
    }
    await until('healing is done', async () => {
      const { healing, drives: found } = (await storage.stats()).drives!;
      return (
        found.every(({ state }) => state === 'ok') &&
        !healing.running &&
        healing.queuedBlobs === 0 &&
        healing.degradedBlobs === 0 &&
        healing.scannedBlobs > 0
      );
    });
    assert.deepEqual(await storage.check({ deep: true }), []);
  });
}
