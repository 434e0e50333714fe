// Copies on the simulated machine: with crashes, garbage collection and compaction, and while orphans are searched for,
// which reads keys in their order while copies come under keys that it has read and their sources go.

import assert from 'node:assert/strict';
import { type ObjectStorage, ObjectStorageError, objectBody } from '@cairn/object-storage';
import { earlyTests } from '@cairn/testing';
import { checkCaught, checkSeeds, SeededRandom, Simulation } from '@cairn/world/simulated';
import type { MetadataSql } from '../../src/metadata/store.ts';
import { openOnMachine } from '../open-on-machine.ts';
import { replacing, withoutCounting, withoutMark, withoutPartMark } from './sabotage.ts';
import { everyFault, scenarios, storageScenario } from './scenario.ts';

const { test, run } = earlyTests();

const workspace = 'systems/object-storage';
const bucket = 'copied';
const attributes = { headers: {}, userMetadata: {} };
const objects = 6;
const copies = 80;

test('no copy and no source loses a byte, and none outlives the last of them', async () => {
  await checkSeeds(scenarios.copies, { seeds: 60, workspace });
  await checkSeeds(scenarios['copies-appends'], { seeds: 30, workspace });
  await checkSeeds(scenarios['copies-appends-versions'], { seeds: 30, workspace });
  await checkSeeds(scenarios['copies-encrypted'], { seeds: 30, workspace });
});

for (const { what, metadata } of [
  { what: 'a copy that is not counted', metadata: withoutCounting },
  { what: 'a source that does not say that it is shared', metadata: withoutMark },
]) {
  test(`${what} is noticed within 20 seeds`, async () => {
    const options = { name: 'sabotaged', faults: everyFault, copies: true, collectsGarbage: true, metadata };
    await checkCaught(storageScenario(options), { seeds: 20 });
  });
}

for (const { what, metadata } of [
  { what: 'a version that is not counted when it is appended to', metadata: withoutCounting },
  { what: 'a version that does not say that the next one shares its bytes', metadata: withoutMark },
  { what: 'a part that does not say so', metadata: withoutPartMark },
]) {
  test(`${what} is noticed within 20 seeds`, async () => {
    const options = { name: 'sabotaged', faults: everyFault, appends: true, versions: true, metadata };
    await checkCaught(storageScenario({ ...options, collectsGarbage: true }), { seeds: 20 });
  });
}

type Read = MetadataSql['read'];

/** Keys of objects that are lost while one is copied on and its source deleted, again and again. */
async function lostAfterCopies(seed: number, sabotage: (read: Read) => Read): Promise<readonly string[]> {
  const simulation = new Simulation({ seed, eventsMax: 10_000_000 });
  const machine = simulation.machine('storage');
  const random = new SeededRandom(seed);
  const { clock } = simulation;
  const pause = () => clock.sleep(random.integer(20));
  /** A page for each key, and time between them. */
  const inSmallPages = (metadata: MetadataSql): MetadataSql => {
    const sabotaged = sabotage((name, input) => metadata.read(name, input));
    const read: Read = async (name, input) => {
      if (name !== 'listBlobReferences') return sabotaged(name, input);
      await pause();
      return sabotaged(name, { ...input, limit: 1 });
    };
    return replacing(metadata, { read });
  };
  return simulation.run(async () => {
    const storage = await openOnMachine(machine, { wrap: inSmallPages });
    await storage.createBucket({ bucket, owner: 'me' });
    const keys: string[] = [];
    for (let number = 0; number < objects; number++) keys.push(await stored(storage, number));
    const copying = (async () => {
      for (let count = 0; count < copies; count++) {
        await pause();
        const number = random.integer(objects);
        const source = { bucket, key: keys[number]! };
        const key = `${'abcdefgh'[random.integer(8)]}${count}`;
        await storage.copyObject({ bucket, key, source });
        await storage.deleteObject(source);
        keys[number] = key;
      }
      return 'done';
    })();
    while ((await Promise.race([copying, storage.gc()])) !== 'done');
    const lost: string[] = [];
    for (const [number, key] of keys.entries()) {
      if (!(await isIntact(storage, key, contentOf(number)))) lost.push(key);
    }
    return lost;
  });
}

/** Every second one as an object made from a part. */
async function stored(storage: ObjectStorage, number: number): Promise<string> {
  const name = { bucket, key: `${number}` };
  const body = objectBody(contentOf(number));
  if (number % 2 === 0) await storage.putObject({ ...name, attributes, body });
  else {
    const { uploadId } = await storage.createUpload({ ...name, attributes, owner: 'me' });
    const { etag } = await storage.uploadPart({ ...name, uploadId, partNumber: 1, body });
    await storage.completeUpload({ ...name, uploadId, parts: [{ partNumber: 1, etag }] });
  }
  return name.key;
}

function contentOf(number: number): Buffer {
  return Buffer.from(`the content of object ${number}`);
}

async function isIntact(storage: ObjectStorage, key: string, wanted: Buffer): Promise<boolean> {
  try {
    const { content } = await storage.getObject({ bucket, key });
    const chunks = await Array.fromAsync(content.chunks(), (chunk) => Buffer.from(chunk));
    return Buffer.concat(chunks).equals(wanted);
  } catch (error) {
    assert(error instanceof ObjectStorageError, String(error));
    return false;
  }
}

test('an object that is copied on while orphans are searched for is none', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    assert.deepEqual(await lostAfterCopies(seed, (read) => read), [], `seed ${seed}`);
  }
});

test('it is noticed when the search does not look at what is shared', async () => {
  const withoutShares = (read: Read): Read =>
    (async (name: string, input: { cursor: { stage: string } }) =>
      name === 'listBlobReferences' && input.cursor.stage === 'share'
        ? { blobs: '', next: { stage: 'garbage', id: '' } }
        : read(name as never, input as never)) as Read;
  const lost: string[] = [];
  for (let seed = 1; seed <= 8 && lost.length === 0; seed++)
    lost.push(...(await lostAfterCopies(seed, withoutShares)));
  assert(lost.length > 0, 'nothing was lost without it');
});

await run();
