// Fills the small disk that it is given: writes until they are refused, reads everything, deletes most, and writes again.
//
//   node fill-disk.ts DIRECTORY

import assert from 'node:assert/strict';
import { type ObjectStorageError, objectBody, openObjectStorage } from '@cairn/object-storage';

const directory = process.argv[2]!;
const bucket = 'full';
const attributes = { headers: {}, userMetadata: {} };
const objectBytes = 100_000;
const storage = await openObjectStorage({
  directory,
  writers: 1,
  segmentBytesMax: 4 * 1024 * 1024,
  // More than the write-ahead logs of both databases take.
  settings: { reserveBytes: 16 * 1024 * 1024 },
});
await storage.createBucket({ bucket, owner: 'me' });

/** Stores objects until one is refused; returns how many were stored. */
async function fill(prefix: string): Promise<number> {
  for (let stored = 0; ; stored++) {
    const key = `${prefix}${stored}`;
    try {
      await storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.alloc(objectBytes, key)) });
    } catch (error) {
      assert.equal((error as ObjectStorageError).code, 'InsufficientStorage');
      return stored;
    }
  }
}

async function verify(prefix: string, numbers: Iterable<number>): Promise<void> {
  for (const number of numbers) {
    const key = `${prefix}${number}`;
    const { content } = await storage.getObject({ bucket, key });
    const chunks: Buffer[] = [];
    for await (const chunk of content.chunks()) chunks.push(Buffer.from(chunk));
    assert(Buffer.concat(chunks).equals(Buffer.alloc(objectBytes, key)), key);
  }
}

const stored = await fill('first-');
assert(stored > 200, `only ${stored} objects fit`);
const numbers = Array.from({ length: stored }, (_, number) => number);
await verify('first-', numbers);
const kept = numbers.filter((number) => number % 5 === 0);
for (const number of numbers) {
  if (number % 5 !== 0) await storage.deleteObject({ bucket, key: `first-${number}` });
}
assert.deepEqual((await storage.gc()).problems, []);
const again = await fill('second-');
assert(
  again > stored / 2,
  `${stored} objects were stored, ${stored - kept.length} deleted, only ${again} fit again`,
);
await verify('first-', kept);
await verify('second-', Array(again).keys());
assert.deepEqual(await storage.check({ deep: true }), []);
await storage.close();
console.log(`stored ${stored}, stored again ${again}`);
