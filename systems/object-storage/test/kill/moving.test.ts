// kill -9 while objects move to a place: it goes on, and loses and doubles nothing.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { objectBody, openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';

const bucket = 'killed';
const objects = 200;
const sizeBytes = 150_000;
const attributes = { headers: {}, userMetadata: {} };
const key = (number: number) => `object/${number}`;

async function filled(directory: string): Promise<void> {
  const storage = await openObjectStorage({ directory });
  await storage.createBucket({ bucket, owner: 'me' });
  await Promise.all(
    Array.from({ length: objects }, (_, number) =>
      storage.putObject({
        ...{ bucket, key: key(number), attributes },
        body: objectBody(Buffer.alloc(sizeBytes, key(number))),
      }),
    ),
  );
  const rule = {
    ...{ id: 'a', enabled: true, form: 'filter', filter: {} },
    transitions: [{ dateMs: 0, storageClass: 'STANDARD_IA' }],
  };
  await storage.configureBucket({ bucket, documents: { lifecycle: JSON.stringify({ rules: [rule] }) } });
  await storage.close();
}

/** Until so many objects have moved. Gives how many had when it ended. */
async function moveUntil(folders: readonly [string, string], count: number): Promise<number> {
  const script = fileURLToPath(new URL('./mover.ts', import.meta.url));
  const child = spawn(process.execPath, [script, ...folders], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let moved = 0;
  for await (const line of createInterface(child.stdout)) {
    moved = Number(line.split(' ')[1]);
    if (moved >= count) child.kill('SIGKILL');
  }
  const [, signal] = await ended;
  assert.equal(signal, 'SIGKILL', 'it ended by itself');
  return moved;
}

test('a process that is killed while objects move goes on, and what it left at the place is known', async (t) => {
  const directory = await temporaryDirectory(t);
  const place = await temporaryDirectory(t);
  await filled(directory);
  let kills = 0;
  for (let moved = 0; moved < objects; kills++) {
    moved = await moveUntil([directory, place], Math.min(objects, moved + 50));
  }
  assert(kills >= 3, `only ${kills} kills`);
  const classes = { STANDARD_IA: { url: `file:${place}` } };
  const storage = await openObjectStorage({ directory, classes });
  t.after(() => storage.close());
  for (let number = 0; number < objects; number++) {
    const { content } = await storage.getObject({ bucket, key: key(number) });
    const chunks: Buffer[] = [];
    for await (const chunk of content.chunks()) chunks.push(Buffer.from(chunk));
    assert(Buffer.concat(chunks).equals(Buffer.alloc(sizeBytes, key(number))), `${key(number)} is another`);
  }
  const there = await readdir(place, { recursive: true, withFileTypes: true });
  const blobs = there.filter((entry) => entry.isFile() && /^[0-9a-f]{32}$/.test(entry.name));
  const [state] = (await storage.stats()).storageClasses;
  assert.equal(state!.objects, objects);
  assert(
    blobs.length >= objects && blobs.length <= objects + state!.garbage,
    `${blobs.length} blobs lie there, ${state!.garbage} of them are to go`,
  );
  await storage.gc();
  assert.equal((await storage.stats()).blobs, 0, 'bytes are left here');
  assert.deepEqual(await storage.check({ deep: true }), []);
});
