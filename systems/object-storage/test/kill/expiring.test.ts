// kill -9 in the middle of a lifecycle pass: it goes on, and loses and doubles nothing.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { type ObjectStorage, objectBody, openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';

const bucket = 'killed';
const objects = 1_500;
const attributes = { headers: {}, userMetadata: {} };

async function filled(directory: string): Promise<void> {
  const storage = await openObjectStorage({ directory });
  await storage.createBucket({ bucket, owner: 'me' });
  const put = (key: string) =>
    storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.from(key)) });
  for (let number = 0; number < objects; number += 50) {
    const names = Array.from({ length: 50 }, (_, offset) => number + offset);
    await Promise.all(names.flatMap((name) => [put(`temp/${name}`), put(`keep/${name}`)]));
  }
  const rule = {
    id: 'a',
    enabled: true,
    form: 'filter',
    filter: { prefix: 'temp/' },
    expiration: { dateMs: 0 },
  };
  await storage.configureBucket({ bucket, documents: { lifecycle: JSON.stringify({ rules: [rule] }) } });
  await storage.close();
}

/** Until so many objects have expired, or all of them and the pass is over. Gives how many had when it ended. */
async function expireUntil(directory: string, count: number): Promise<number> {
  const script = fileURLToPath(new URL('./expirer.ts', import.meta.url));
  const child = spawn(process.execPath, [script, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let expired = 0;
  for await (const line of createInterface(child.stdout)) {
    const [, number, state] = line.split(' ');
    expired = Number(number);
    if (expired >= count && (count < objects || state === 'idle')) child.kill('SIGKILL');
  }
  const [, signal] = await ended;
  assert.equal(signal, 'SIGKILL', 'it ended by itself');
  return expired;
}

async function keysOf(storage: ObjectStorage, prefix: string): Promise<number> {
  let keys = 0;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const request: Parameters<ObjectStorage['listObjects']>[0] = {
      ...{ bucket, prefix, delimiter: '', after, limit: 1_000 },
    };
    const page = await storage.listObjects(request);
    keys += page.objects.length;
    after = page.next;
  }
  return keys;
}

test('a process that is killed while objects expire leaves a pass that goes on, and counts each once', async (t) => {
  const directory = await temporaryDirectory(t);
  await filled(directory);
  let kills = 0;
  for (let expired = 0; expired < objects; kills++)
    expired = await expireUntil(directory, Math.min(objects, expired + 300));
  assert(kills >= 3, `only ${kills} kills`);
  const storage = await openObjectStorage({ directory });
  t.after(() => storage.close());
  assert.deepEqual([await keysOf(storage, 'temp/'), await keysOf(storage, 'keep/')], [0, objects]);
  const [state] = (await storage.stats()).lifecycle;
  assert.equal(state?.expiredObjects, objects);
  await storage.gc();
  const { blobs, referencedBlobs } = await storage.stats();
  assert.deepEqual([blobs, referencedBlobs], [objects, objects]);
  assert.deepEqual(await storage.check({ deep: true }), []);
});
