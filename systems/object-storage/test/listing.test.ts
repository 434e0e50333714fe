// Listings against a trivial model, on a real SQLite: every page, whatever the prefix, delimiter, limit and start.

import assert from 'node:assert/strict';
import test from 'node:test';
import { type ObjectStorage, objectBody, openObjectStorage } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';

const bucket = 'listed';
const attributes = { headers: {}, userMetadata: {} };

type Entries = { keys: string[]; folders: string[] };

function byUtf8(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function expected(
  keys: readonly string[],
  { prefix, delimiter }: { prefix: string; delimiter: string },
): Entries {
  const entries: Entries = { keys: [], folders: [] };
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (at === -1) entries.keys.push(key);
    else entries.folders.push(key.slice(0, at + delimiter.length));
  }
  return { keys: entries.keys, folders: [...new Set(entries.folders)] };
}

async function listAll(
  storage: ObjectStorage,
  request: { prefix: string; delimiter: string; limit: number },
): Promise<Entries> {
  const entries: Entries = { keys: [], folders: [] };
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page: Awaited<ReturnType<ObjectStorage['listObjects']>> = await storage.listObjects({
      bucket,
      ...request,
      after,
    });
    assert(page.objects.length + page.commonPrefixes.length <= request.limit);
    entries.keys.push(...page.objects.map((object) => object.key));
    entries.folders.push(...page.commonPrefixes);
    after = page.next;
  }
  return entries;
}

test('every page of every listing is what a plain loop over the keys finds', async (t) => {
  const storage = await openObjectStorage({ directory: await temporaryDirectory(t) });
  await storage.createBucket({ bucket, owner: 'me' });
  const { random } = realWorld();
  const seed = random.integer(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const pieces = ['a', 'b', '/', '//', 'ü', '\uffff', '😀', '-', '\u{10ffff}', 'a/'];
  let state = seed;
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
  const newKey = () => Array.from({ length: 1 + next(5) }, () => pieces[next(pieces.length)]).join('');
  const keys = [...new Set(Array.from({ length: 150 }, newKey))].toSorted(byUtf8);
  await Promise.all(
    keys.map((key) => storage.putObject({ bucket, key, attributes, body: objectBody(Buffer.from(key)) })),
  );
  for (const prefix of ['', 'a', 'a/', 'ü', '😀', '\u{10ffff}', 'nothing']) {
    for (const delimiter of ['', '/', '//', 'a', '😀']) {
      for (const limit of [1, 2, 7, 1_000]) {
        const listed = await listAll(storage, { prefix, delimiter, limit });
        assert.deepEqual(listed, expected(keys, { prefix, delimiter }), `${prefix} ${delimiter} ${limit}`);
      }
    }
  }
  await storage.close();
});

test('a listing of nothing is empty, and a limit of 0 gives nothing', async (t) => {
  const storage = await openObjectStorage({ directory: await temporaryDirectory(t) });
  await storage.createBucket({ bucket, owner: 'me' });
  const request = { bucket, prefix: '', delimiter: '', after: '', limit: 10 };
  assert.deepEqual(await storage.listObjects(request), { objects: [], commonPrefixes: [], next: undefined });
  await storage.putObject({ bucket, key: 'a', attributes, body: objectBody(Buffer.from('1')) });
  const none = await storage.listObjects({ ...request, limit: 0 });
  assert.deepEqual(none, { objects: [], commonPrefixes: [], next: undefined });
  await storage.close();
});
