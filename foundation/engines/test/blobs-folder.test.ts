// The folder engine: conformance, and what is its own: paths, crashes' leftovers, durability under fault.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readlink,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { BlobsError, blobsConformance, openBlobs } from '@cairn/engines';
import { temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';

const world = realWorld();

await blobsConformance({
  name: 'folder',
  open: async () => openBlobs({ url: `file:${await temporaryDirectory({ after })}`, world }),
});

test('a folder is opened by path or by URL, and made with what is missing above it', async (context) => {
  const directory = join(await temporaryDirectory(context), 'a b', 'c');
  const byPath = await openBlobs({ url: `file:${directory}`, world });
  await byPath.put('name', Buffer.from('x'));
  const byUrl = await openBlobs({ url: pathToFileURL(directory).href, world });
  assert.equal((await byUrl.head('name'))?.sizeBytes, 1);
});

test('a file where the folder should be, and a URL without a path, are refused', async (context) => {
  const path = join(await temporaryDirectory(context), 'file');
  await writeFile(path, 'x');
  await assert.rejects(openBlobs({ url: `file:${path}`, world }), hasCode('invalid-url'));
  await assert.rejects(openBlobs({ url: 'file:', world }), hasCode('invalid-url'));
  await assert.rejects(openBlobs({ url: 'file://elsewhere/path', world }), hasCode('invalid-url'));
});

test('a folder that takes none is an error at once, not a search without end', async () => {
  for (const path of ['/proc/backups', '/proc/a/b'])
    await assert.rejects(openBlobs({ url: `file:${path}`, world }), hasCode('denied'), path);
});

test('a place that must exist is not made, and one that is read only is left as it was', async (context) => {
  const outer = await temporaryDirectory(context);
  await mkdir(join(outer, 'empty'));
  for (const folder of ['mistyped', 'empty']) {
    const opening = openBlobs({ url: `file:${join(outer, folder)}`, world, mustExist: true });
    await assert.rejects(opening, hasCode('no-bucket'));
  }
  assert.deepEqual(await readdir(outer, { recursive: true }), ['empty']);
  await writeFile(join(outer, 'photo'), 'x');
  const blobs = await openBlobs({ url: `file:${outer}`, world, mustExist: true });
  assert.equal((await blobs.head('photo'))?.sizeBytes, 1);
  assert.deepEqual((await readdir(outer)).sort(), ['empty', 'photo']);
  assert.equal(await blobs.put('another', Buffer.from('y')), 'stored');
});

test('no name leads out of the folder', async (context) => {
  const outer = await temporaryDirectory(context);
  const blobs = await openBlobs({ url: `file:${join(outer, 'inner')}`, world });
  for (const name of ['..', '../x', '/etc/x', 'a/../../x', '../inner-x', './../x']) {
    await blobs.put(name, Buffer.from('x'));
  }
  assert.deepEqual(await readdir(outer), ['inner']);
});

test('files are as plain as the name allows, readable by their owner only', async (context) => {
  const directory = await temporaryDirectory(context);
  const blobs = await openBlobs({ url: `file:${directory}`, world });
  await blobs.put('photos/2026/sea-1.jpg', Buffer.from('x'));
  const path = join(directory, 'photos+', '2026+', 'sea-1.jpg');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(directory, 'photos+'))).mode & 0o777, 0o700);
});

test('what a crash left is removed a day later, and not before', async (context) => {
  const directory = await temporaryDirectory(context);
  await openBlobs({ url: `file:${directory}`, world });
  const [old, young] = ['old', 'young'].map((name) => join(directory, '.tmp', name));
  const hourMs = 3_600_000;
  for (const [path, ageMs] of [
    [old!, 25 * hourMs],
    [young!, 23 * hourMs],
  ] as const) {
    await writeFile(path, 'half a blob');
    const time = new Date(world.clock.nowMs() - ageMs);
    await utimes(path, time, time);
  }
  const blobs = await openBlobs({ url: `file:${directory}`, world });
  assert.deepEqual(await readdir(join(directory, '.tmp')), [basename(young!)]);
  assert.deepEqual((await blobs.list({ prefix: '' })).blobs, [], 'a leftover is no blob');
});

test('a leftover that cannot be removed keeps nobody from opening the folder', async (context) => {
  const directory = await temporaryDirectory(context);
  const url = `file:${directory}`;
  await (await openBlobs({ url, world })).put('a', Buffer.from('x'));
  // unlink(2) refuses a folder to everybody, as it refuses all on a file system that is mounted read only.
  const leftover = join(directory, '.tmp', '0'.repeat(32));
  await mkdir(leftover);
  const longAgo = new Date(world.clock.nowMs() - 99 * 3_600_000);
  await utimes(leftover, longAgo, longAgo);
  const blobs = await openBlobs({ url, world, mustExist: true });
  assert.equal((await blobs.head('a'))?.sizeBytes, 1);
});

test('an opener whose clock is days ahead leaves the files of writers at work', async (context) => {
  const directory = await temporaryDirectory(context);
  await openBlobs({ url: `file:${directory}`, world });
  const path = join(directory, '.tmp', 'at work');
  await writeFile(path, 'half a blob');
  const { clock } = world;
  const nowMs = () => clock.nowMs() + 10 * 24 * 3_600_000;
  const ahead = { ...world, clock: { ...clock, nowMs } };
  await openBlobs({ url: `file:${directory}`, world: ahead });
  assert.deepEqual(await readdir(join(directory, '.tmp')), ['at work']);
});

test('a put whose temporary file was taken for a leftover may be tried again', async (context) => {
  const directory = await temporaryDirectory(context);
  const blobs = await openBlobs({ url: `file:${directory}`, world });
  async function* asleep(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    for (const name of await readdir(join(directory, '.tmp'))) await unlink(join(directory, '.tmp', name));
    yield Buffer.from('whole');
  }
  for (const ifAbsent of [true, false])
    await assert.rejects(
      blobs.put('a', asleep(), { ifAbsent }),
      (error) => error instanceof BlobsError && error.code === 'conflict' && error.retryable,
    );
});

test('nothing is left in .tmp by puts that end well, that exist, that fail', async (context) => {
  const directory = await temporaryDirectory(context);
  const blobs = await openBlobs({ url: `file:${directory}`, world });
  await blobs.put('a', Buffer.from('x'));
  await blobs.put('b', Buffer.from('x'), { ifAbsent: true });
  await Promise.all([1, 2, 3].map(() => blobs.put('c', Buffer.from('x'), { ifAbsent: true })));
  await assert.rejects(blobs.put('d', failing()));
  assert.deepEqual(await readdir(join(directory, '.tmp')), []);
});

test('files that are not ours are not listed', async (context) => {
  const directory = await temporaryDirectory(context);
  const blobs = await openBlobs({ url: `file:${directory}`, world });
  await blobs.put('ours', Buffer.from('x'));
  for (const name of ['README', '.DS_Store', 'a%2G', 'a%61', 'lost found'])
    await writeFile(join(directory, name), '');
  await mkdir(join(directory, 'folder without a mark'));
  assert.deepEqual(
    (await blobs.list({ prefix: '' })).blobs.map((info) => info.name),
    ['ours'],
  );
});

test('two openings of one folder see each other at once', async (context) => {
  const directory = await temporaryDirectory(context);
  const [left, right] = await Promise.all([1, 2].map(() => openBlobs({ url: `file:${directory}`, world })));
  const writers = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? left! : right!));
  const outcomes = await Promise.all(
    writers.map((blobs, index) => blobs.put('lock', Buffer.from(`${index}`), { ifAbsent: true })),
  );
  assert.equal(outcomes.filter((outcome) => outcome === 'stored').length, 1);
});

test('a writer that is killed in mid-put leaves no blob', async (context) => {
  const directory = await temporaryDirectory(context);
  const script = `
    import { openBlobs } from '@cairn/engines';
    import { realWorld } from '@cairn/world';
    const blobs = await openBlobs({ url: ${JSON.stringify(`file:${directory}`)}, world: realWorld() });
    async function* endless() {
      for (let piece = 0; ; piece++) {
        if (piece === 3) console.log('three pieces are written');
        yield Buffer.alloc(10_000, piece);
      }
    }
    await blobs.put('name', endless());
  `;
  const writer = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(writer.stdout, 'data');
  writer.kill('SIGKILL');
  await once(writer, 'exit');
  const blobs = await openBlobs({ url: `file:${directory}`, world });
  assert.equal(await blobs.get('name'), undefined);
  assert.deepEqual((await blobs.list({ prefix: '' })).blobs, []);
  assert.equal((await readdir(join(directory, '.tmp'))).length, 1, 'it was killed while it wrote');
  assert.equal(await blobs.put('name', Buffer.from('x'), { ifAbsent: true }), 'stored');
});

test('the file is synced before its name, and every folder that names it before put resolves', {
  skip: process.platform === 'linux' ? false : 'needs /proc/self/fd',
}, async (context) => {
  const directory = await temporaryDirectory(context);
  const blobs = await openBlobs({ url: `file:${directory}`, world });
  const synced = await recordSyncs(context, directory);
  await blobs.put('a/b', Buffer.from('x'));
  assert.deepEqual(
    synced.splice(0),
    ['.tmp/*', '', 'a+'],
    'the file, the root that names a+, a+ that names b',
  );
  await blobs.put('a/b', Buffer.from('y'));
  assert.deepEqual(synced.splice(0), ['.tmp/*', 'a+'], 'the root is known to be durable');
  await blobs.put('a/c', Buffer.from('y'), { ifAbsent: true });
  assert.deepEqual(synced.splice(0), ['.tmp/*', 'a+']);
  await blobs.delete(['a/b', 'a/missing', 'missing']);
  assert.deepEqual(synced.splice(0), ['a+']);
  const other = await openBlobs({ url: `file:${directory}`, world });
  assert.equal(await other.put('a/c', Buffer.from('y'), { ifAbsent: true }), 'exists');
  assert.deepEqual(synced.splice(0), ['', 'a+'], 'the writer of a/c may not have synced them yet');
});

/** The paths, relative to the directory, of the files and folders that are synced from now on. */
async function recordSyncs(context: TestContext, directory: string): Promise<string[]> {
  const handle = await open(directory);
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const synced: string[] = [];
  const { sync } = prototype;
  context.mock.method(prototype, 'sync', async function (this: FileHandle) {
    const path = relative(directory, await readlink(`/proc/self/fd/${this.fd}`));
    synced.push(path.replace(/^\.tmp\/.*/, '.tmp/*'));
    return sync.call(this);
  });
  return synced;
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('x');
  throw new Error('the source broke');
}

function hasCode(code: string) {
  return (error: unknown) => error instanceof BlobsError && error.code === code;
}
