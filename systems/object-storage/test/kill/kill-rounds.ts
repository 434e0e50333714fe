// Kills a writing process with SIGKILL, opens what it left, and holds it against what was acknowledged.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type ObjectStorage, ObjectStorageError, openObjectStorage } from '@cairn/object-storage';
import { bucket } from './content.ts';

/** What a key may hold: the MD5s that an acknowledged or unanswered call may have left; undefined for no object. */
type Possible = Map<string, readonly (string | undefined)[]>;

export type KillOptions = {
  readonly directory: string;
  readonly rounds: number;
  /** Lines of output after which the writer is killed, drawn for each round. */
  readonly drawLines: () => number;
};

/** Returns how many calls were acknowledged in all rounds together, and how many segments collections removed. */
export async function killRounds(
  options: KillOptions,
): Promise<{ acknowledged: number; removedSegments: number }> {
  const possible: Possible = new Map();
  let acknowledged = 0;
  for (let round = 0; round < options.rounds; round++) {
    acknowledged += await killOnce({ ...options, round, possible });
    await verify(options.directory, possible);
  }
  return { acknowledged, removedSegments: await removedSegments(options.directory) };
}

async function killOnce(options: KillOptions & { round: number; possible: Possible }): Promise<number> {
  const { directory, round, possible, drawLines } = options;
  const script = fileURLToPath(new URL('./writer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, directory, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const before = new Map<string, readonly (string | undefined)[]>();
  let acknowledged = 0;
  let linesLeft = drawLines();
  for await (const line of createInterface(child.stdout)) {
    acknowledged += take(line, { possible, before });
    if (linesLeft-- === 0) child.kill('SIGKILL');
  }
  const [, signal] = await ended;
  assert.equal(signal, 'SIGKILL', 'the writer ended by itself');
  return acknowledged;
}

/** Numbers only rise, so those that are missing were removed. */
async function removedSegments(directory: string): Promise<number> {
  let removed = 0;
  for (const log of await readdir(`${directory}/segments`)) {
    const names = (await readdir(`${directory}/segments/${log}`)).filter((name) => name.endsWith('.segment'));
    removed += Math.max(...names.map((name) => Number.parseInt(name, 10))) - names.length;
  }
  return removed;
}

/** Returns 1 for a line that acknowledges. */
function take(line: string, { possible, before }: { possible: Possible; before: Possible }): number {
  const [word, key, md5] = line.split(' ') as [string, string, string | undefined];
  if (word === 'put' || word === 'delete') {
    const held = possible.get(key) ?? [undefined];
    before.set(key, [word === 'put' ? md5 : undefined]);
    possible.set(key, [...held, word === 'put' ? md5 : undefined]);
    return 0;
  }
  if (word !== 'stored' && word !== 'deleted') return 0;
  possible.set(key, before.get(key)!);
  return 1;
}

async function verify(directory: string, possible: Possible): Promise<void> {
  const storage = await openObjectStorage({ directory });
  for (const [key, values] of possible) {
    const md5 = await md5Of(storage, key);
    assert(values.includes(md5), `${key} holds ${md5}, acknowledged was ${values.join(' or ')}`);
    possible.set(key, [md5]);
  }
  // Reads every byte of every blob against its checksums, and every row against its blob.
  assert.deepEqual(await storage.check({ deep: true }), []);
  await storage.gc();
  const { blobs, referencedBlobs, garbageBlobs } = await storage.stats();
  assert.equal(garbageBlobs, 0, 'garbage is left after a garbage collection');
  assert.equal(blobs, referencedBlobs, 'orphans are left after a garbage collection');
  assert.deepEqual(await storage.check({ deep: true }), []);
  await storage.close();
}

/** Of all bytes as they are read, not what the store says of them; undefined where there is no object. */
async function md5Of(storage: ObjectStorage, key: string): Promise<string | undefined> {
  try {
    const { content } = await storage.getObject({ bucket, key });
    const hash = createHash('md5');
    for await (const chunk of content.chunks()) hash.update(chunk);
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof ObjectStorageError && error.code === 'NoSuchKey') return undefined;
    throw error;
  }
}
