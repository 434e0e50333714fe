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

async function client(number: number): Promise<never> {
  for (let step = 0; ; step++) {
    const key = `client-${number}/key-${step % 7}`;
    if (step % 11 === 10) {
      say(`delete ${key}`);
      await storage.deleteObject({ bucket, key });
      say(`deleted ${key}`);
      continue;
    }
    const seed = `${round}/${number}/${step}`;
    const bytes = contentOf(seed, sizeOf(step));
    say(`put ${key} ${createHash('md5').update(bytes).digest('hex')} ${seed}`);
    await storage.putObject({ bucket, key, attributes, body: objectBody(bytes) });
    say(`stored ${key}`);
  }
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
