// The process that is killed: writes objects as fast as it can, and says on standard output what was acknowledged.
//
//   node writer.ts DIRECTORY ROUND
//
// Upkeep never rests meanwhile: segments are small, anything dead is worth compacting, and garbage is collected over and
// over, so that the kill meets it at every step.

import { createHash } from 'node:crypto';
import { objectBody, openObjectStorage } from '@cairn/object-storage';
import { bucket, contentOf, sizeOf } from './content.ts';

const [directory, round] = process.argv.slice(2) as [string, string];
const attributes = { headers: {}, userMetadata: {} };
const storage = await openObjectStorage({
  directory,
  segmentBytesMax: 1024 * 1024,
  settings: { compactionDeadFraction: 0.1, compactionBytesPerSecond: 2 ** 40, reserveBytes: 0 },
});
await storage.createBucket({ bucket, owner: 'me' }).catch((error: { code: string }) => {
  if (error.code !== 'BucketAlreadyOwnedByYou') throw error;
});

/** Says it with one write, so that a kill cuts no line in two that a reader would believe. */
function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What this process has stored under a key of its own, and nobody else writes. */
type Held = Map<string, Buffer>;

async function client(number: number): Promise<never> {
  const held: Held = new Map();
  for (let step = 0; ; step++) {
    const key = `client-${number}/key-${step % 7}`;
    if (step % 11 === 10) {
      say(`delete ${key}`);
      await storage.deleteObject({ bucket, key });
      held.delete(key);
      say(`deleted ${key}`);
      continue;
    }
    const { bytes, store } = writeOf(held, { key, step, seed: `${round}/${number}/${step}` });
    say(`put ${key} ${createHash('md5').update(bytes).digest('hex')}`);
    await store();
    held.set(key, bytes);
    say(`stored ${key}`);
  }
}

type Write = { readonly bytes: Buffer; readonly store: () => Promise<unknown> };

/** A put, of every fourth step encrypted; now and then a copy, an append or an upload in parts. */
function writeOf(held: Held, { key, step, seed }: { key: string; step: number; seed: string }): Write {
  const name = { bucket, key };
  const bytes = contentOf(seed, sizeOf(step));
  const put = { ...name, attributes, body: objectBody(bytes) };
  const encryption = step % 4 === 1 ? 'AES256' : undefined;
  const other = held.entries().find(([source]) => source !== key);
  const own = held.get(key);
  if (step % 11 === 3 && other !== undefined) {
    const [source, copied] = other;
    return {
      bytes: copied,
      store: () => storage.copyObject({ ...name, source: { bucket, key: source }, encryption }),
    };
  }
  if (step % 11 === 5 && own !== undefined) {
    return {
      bytes: Buffer.concat([own, bytes]),
      store: () => storage.appendObject({ ...put, offset: own.length }),
    };
  }
  if (step % 11 === 7) return { bytes, store: () => uploadInParts(name, { bytes, encryption }) };
  return { bytes, store: () => storage.putObject({ ...put, encryption }) };
}

async function uploadInParts(
  name: { bucket: string; key: string },
  { bytes, encryption }: { bytes: Buffer; encryption: 'AES256' | undefined },
): Promise<void> {
  const { uploadId } = await storage.createUpload({ ...name, owner: 'me', attributes, encryption });
  const { etag } = await storage.uploadPart({ ...name, uploadId, partNumber: 1, body: objectBody(bytes) });
  await storage.completeUpload({ ...name, uploadId, parts: [{ partNumber: 1, etag }] });
}

async function collectGarbage(): Promise<never> {
  for (;;) {
    const { problems } = await storage.gc();
    if (problems.length > 0) throw new Error(problems.join());
  }
}

say('ready');
void collectGarbage();
await Promise.all(Array.from({ length: 8 }, (_, number) => client(number)));
