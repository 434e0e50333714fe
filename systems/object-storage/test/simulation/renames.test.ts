// Renames while orphans are searched for: the search reads keys in their order, and rows move from what it has yet to
// read to what it has read. Nothing that is renamed is taken for an orphan, and it would be noticed if it were.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, ObjectStorageError, objectBody } from '@cairn/object-storage';
import { SeededRandom, Simulation } from '@cairn/world/simulated';
import { MovingBlobs } from '../../src/core/moving-blobs.ts';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { openOnMachine } from '../open-on-machine.ts';
import { replacing } from './sabotage.ts';

const bucket = 'renamed';
const attributes = { headers: {}, userMetadata: {} };
const objects = 8;
const renames = 150;

/** Keys of objects that are lost. */
async function lostAfterRenames(seed: number): Promise<readonly string[]> {
  const simulation = new Simulation({ seed, eventsMax: 10_000_000 });
  const machine = simulation.machine('storage');
  const random = new SeededRandom(seed);
  const { clock } = simulation;
  const pause = () => clock.sleep(random.integer(20));
  /** A page for each key, and time between them. */
  const inSmallPages = (metadata: MetadataSql): MetadataSql => {
    const read: MetadataSql['read'] = async (name, input) => {
      if (name !== 'listBlobReferences') return metadata.read(name, input);
      await pause();
      return metadata.read(name, { ...input, limit: 1 });
    };
    return replacing(metadata, { read });
  };
  return simulation.run(async () => {
    const storage = await openOnMachine(machine, { wrap: inSmallPages });
    await storage.createBucket({ bucket, owner: 'me' });
    const keys: string[] = [];
    for (let number = 0; number < objects; number++) {
      keys.push(`${number}`);
      await storage.putObject({ bucket, key: `${number}`, attributes, body: objectBody(contentOf(number)) });
    }
    const renaming = (async () => {
      for (let count = 0; count < renames; count++) {
        await pause();
        const number = random.integer(objects);
        const key = `${'abcdefgh'[random.integer(8)]}${count}`;
        await storage.renameObject({ bucket, source: keys[number]!, key });
        keys[number] = key;
      }
      return 'done';
    })();
    while ((await Promise.race([renaming, storage.gc()])) !== 'done');
    const lost: string[] = [];
    for (const [number, key] of keys.entries()) {
      if (!(await isIntact(storage, key, contentOf(number)))) lost.push(key);
    }
    return lost;
  });
}

function contentOf(number: number): Buffer {
  return Buffer.from(`the content of object ${number}`);
}

async function isIntact(storage: ObjectStorage, key: string, wanted: Buffer): Promise<boolean> {
  try {
    const { content } = await storage.getObject({ bucket, key });
    return Buffer.concat(await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk))).equals(
      wanted,
    );
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return false;
  }
}

test('an object that is renamed while orphans are searched for is none', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    assert.deepEqual(await lostAfterRenames(seed), [], `seed ${seed}`);
  }
});

for (const rule of ['begin', 'guard'] as const) {
  test(`it is noticed when ${rule} of a move is not told to the search`, async (t) => {
    t.mock.method(MovingBlobs.prototype, rule, () => () => {});
    const lost: string[] = [];
    for (let seed = 1; seed <= 10 && lost.length === 0; seed++) lost.push(...(await lostAfterRenames(seed)));
    assert(lost.length > 0, 'nothing was lost without it');
  });
}
