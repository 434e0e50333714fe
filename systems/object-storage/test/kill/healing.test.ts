// kill -9 while a drive that was replaced is healed: it goes on where it was, and loses and doubles nothing.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import type {
  DrivesStats,
  HealingProgress,
  ObjectStorage,
  OpenObjectStorageOptions,
} from '@cairn/object-storage';
import { contentOf, type Machine, MiB, openNew, pull, put, read, until } from '../drives/several-drives.ts';

const redundancy = '2+1';
/** More than a page of a healing pass looks at: behind a page its place is kept. */
const objects = 2_100;
/** Every thirtieth is cut into shards, the others are copied. */
const sizeOf = (number: number) => (number % 30 === 0 ? 300_000 : 4_000);
const key = (number: number) => `object/${number}`;
/** The drive gets 16 MB, of which the first page takes longer than the 10 s after which a place is kept. */
const healBytesPerSecond = 0.75 * MiB;

async function fill(storage: ObjectStorage): Promise<void> {
  for (let first = 0; first < objects; first += 60) {
    const numbers = Array.from({ length: 60 }, (_, offset) => first + offset);
    await Promise.all(
      numbers.map((number) => put(storage, key(number), contentOf(key(number), sizeOf(number)))),
    );
  }
}

async function requireAll(storage: ObjectStorage): Promise<void> {
  for (let number = 0; number < objects; number++) {
    const found = await read(storage, key(number));
    assert(found.equals(contentOf(key(number), sizeOf(number))), `${key(number)} is another`);
  }
}

/** What a process said first and last. */
type Life = { readonly first: DrivesStats; readonly last: DrivesStats };

async function killedWhen(
  isTime: (seen: DrivesStats) => boolean | Promise<boolean>,
  { machine, isReplacing }: { machine: Machine; isReplacing: boolean },
): Promise<Life> {
  const { directory, folders } = machine;
  const options = {
    ...{ directory, settings: { reserveBytes: 0 }, writers: 1, segmentBytesMax: 8 * MiB },
    drives: { folders, redundancy, healBytesPerSecond },
  } satisfies OpenObjectStorageOptions;
  const script = fileURLToPath(new URL('./healer.ts', import.meta.url));
  const parameters = [script, JSON.stringify(options), ...(isReplacing ? ['replace'] : [])];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const seen: DrivesStats[] = [];
  for await (const line of createInterface(child.stdout)) {
    const stats = JSON.parse(line) as DrivesStats;
    seen.push(stats);
    if (await isTime(stats)) child.kill('SIGKILL');
  }
  const [, signal] = await ended;
  assert.equal(signal, 'SIGKILL', 'healing had ended before it was time');
  return { first: seen[0]!, last: seen.at(-1)! };
}

async function untilPassed(storage: ObjectStorage): Promise<Life> {
  const drives = async () => (await storage.stats()).drives!;
  const first = await drives();
  await until('the pass is over', async () => !(await drives()).healing.running);
  return { first, last: await drives() };
}

/** The pass as the next start finds it. */
async function keptPass({ directory }: Machine): Promise<HealingProgress> {
  return JSON.parse(await readFile(`${directory}/healing.json`, 'utf8')).state;
}

const blobsOf = ({ drives }: DrivesStats) => drives.map(({ blobs }) => blobs);
/** On the drive that was replaced. */
const newBlobs = (stats: DrivesStats) => blobsOf(stats)[0]!;

type Kill = { readonly last: DrivesStats; readonly kept: HealingProgress; readonly wholeBlobs: number };

function requireUnderWay({ last, kept, wholeBlobs }: Kill): void {
  const { running, healedBlobs, startedMs } = last.healing;
  assert(healedBlobs > 0, 'healing had not begun when it was killed');
  assert(running && newBlobs(last) < wholeBlobs, 'healing had ended when it was killed');
  assert(kept.startedMs > kept.finishedMs, 'the pass had ended when it was killed');
  assert.equal(kept.startedMs, startedMs);
}

/** Of the process after the one that was killed. */
function requireWentOn({ first, last }: Life, killed: Kill): void {
  const { kept, wholeBlobs } = killed;
  assert(newBlobs(first) < wholeBlobs, 'the drive was whole when the process before was killed');
  assert(newBlobs(first) >= newBlobs(killed.last), 'what was healed is gone');
  assert.deepEqual([first.healing.running, first.healing.startedMs], [true, kept.startedMs]);
  assert(first.healing.scannedBlobs >= kept.scannedBlobs, 'the place of the pass was forgotten');
  const healedBlobs = last.healing.healedBlobs - kept.healedBlobs;
  assert(newBlobs(killed.last) + healedBlobs <= wholeBlobs, 'what was healed was healed again');
}

test('a process that is killed while a drive is healed goes on with it, and heals nothing twice', async (t) => {
  const machine = await openNew(t, { drives: 3, redundancy, healBytesPerSecond });
  await fill(machine.storage);
  const filled = await machine.storage.stats();
  await machine.storage.close();
  const wholeBlobs = newBlobs(filled.drives!);

  const moments: Parameters<typeof killedWhen>[0][] = [
    ({ healing }) => healing.healedBlobs >= 10,
    (seen) => newBlobs(seen) >= wholeBlobs * 0.05,
    async ({ healing }) => {
      const { after, scannedBlobs } = await keptPass(machine);
      return after !== '' && healing.scannedBlobs >= scannedBlobs + 20;
    },
  ];
  const kills: Kill[] = [];
  for (const isTime of moments) {
    const isReplacing = kills.length === 0;
    const life = await killedWhen(isTime, { machine, isReplacing });
    if (!isReplacing) requireWentOn(life, kills.at(-1)!);
    kills.push({ last: life.last, kept: await keptPass(machine), wholeBlobs });
    requireUnderWay(kills.at(-1)!);
  }
  const healed = await machine.open();
  const life = await untilPassed(healed);
  requireWentOn(life, kills.at(-1)!);
  assert.deepEqual(blobsOf(life.last), blobsOf(filled.drives!));
  assert.partialDeepStrictEqual(life.last.healing, { degradedBlobs: 0, lostBlobs: 0 });
  await healed.close();

  const storage = await machine.open();
  const { last } = await untilPassed(storage);
  assert.partialDeepStrictEqual(last.healing, { scannedBlobs: objects, healedBlobs: 0 });
  assert.deepEqual(await storage.check({ deep: true }), []);
  assert.partialDeepStrictEqual(await storage.gc(), { garbageBlobs: 0, orphanBlobs: 0, problems: [] });
  const { drives, liveBytes } = await storage.stats();
  assert.deepEqual([blobsOf(drives!), liveBytes], [blobsOf(filled.drives!), filled.liveBytes]);
  await storage.close();

  // Of what is cut into shards the new drive has to give its own then.
  await pull(machine.folders[1]!);
  await requireAll(await machine.open());
});
