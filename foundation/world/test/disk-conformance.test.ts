// What the contract in src/disk.ts promises, held against the real disk and the simulated one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Disk, DiskError, type DiskErrorCode, directoryLockName } from '../src/index.ts';
import { type WorldUnderTest, worldsUnderTest } from './worlds.ts';

for (const world of worldsUnderTest) {
  describe(`the ${world.name} disk`, () => {
    testFiles(world);
    testNames(world);
    testFolders(world);
  });
}

type Body = (context: { disk: Disk; directory: string; path: string }) => Promise<void>;

function testOn(world: WorldUnderTest, name: string, body: Body): void {
  test(name, (context) =>
    world.run(context, ({ disk }, directory) => body({ disk, directory, path: `${directory}/file` })),
  );
}

function failsWith(call: () => Promise<unknown>, code: DiskErrorCode): Promise<void> {
  return assert.rejects(call, (error) => error instanceof DiskError && error.code === code);
}

function testFiles(world: WorldUnderTest): void {
  testOn(world, 'buffers are written one after the other from a position', async ({ disk, path }) => {
    const file = await disk.open(path, 'create');
    await file.write([Buffer.from('hello'), Buffer.alloc(0), Buffer.from(' '), Buffer.from('world')], 0);
    await file.write([Buffer.from('J')], 0);
    assert.equal(await file.sizeBytes(), 11);
    const into = Buffer.alloc(11);
    assert.equal(await file.read(into, 0), 11);
    assert.equal(into.toString(), 'Jello world');
    await file.sync();
    await file.close();
  });

  testOn(world, 'more buffers than one system call takes are all written', async ({ disk, path }) => {
    const file = await disk.open(path, 'create');
    const buffers = Array.from({ length: 2500 }, (_, i) => Buffer.from([i & 0xff, i >> 8, i % 7]));
    await file.write(buffers, 100);
    const into = Buffer.alloc(7500);
    assert.equal(await file.read(into, 100), 7500);
    assert.deepEqual(into, Buffer.concat(buffers));
    await file.close();
  });

  testOn(world, 'a read ends at the end of the file and says how much it read', async ({ disk, path }) => {
    const file = await disk.open(path, 'create');
    await file.write([Buffer.from('abc')], 0);
    const into = Buffer.from('........');
    assert.equal(await file.read(into, 1), 2);
    assert.equal(into.toString(), 'bc......');
    assert.equal(await file.read(into, 3), 0);
    assert.equal(await file.read(into, 1000), 0);
    assert.equal(file.readNow(into, 0), 3);
    assert.equal(into.toString(), 'abc.....');
    assert.equal(file.readNow(into, 9), 0);
    await file.close();
  });

  testOn(world, 'what memory has of a range is the start of what a read gives', async ({ disk, path }) => {
    const file = await disk.open(path, 'create');
    const written = Buffer.from(Uint8Array.from({ length: 200_000 }, (_, at) => (at * 7) % 251));
    await file.write([written], 0);
    for (let position = 0; position < 260_000; position += 20_000) {
      const memory = Buffer.alloc(65_536 + 2, 255);
      const count = file.readCached(memory.subarray(1, 65_537), position);
      const left = Math.max(0, written.length - position);
      assert(count >= 0 && count <= Math.min(65_536, left), `${count} at ${position}`);
      assert.deepEqual(memory.subarray(1, 1 + count), written.subarray(position, position + count));
      assert.deepEqual([memory[0], memory.at(-1)], [255, 255]);
    }
    await file.close();
    assert.throws(() => file.readCached(Buffer.alloc(65_536), 0), assert.AssertionError);
  });

  testOn(world, 'what is written on the calling thread is there when it returns', async ({ disk, path }) => {
    const file = await disk.open(path, 'create');
    const buffers = Array.from({ length: 2500 }, (_, i) => Buffer.from([i & 0xff, i >> 8]));
    file.writeNow([Buffer.from('hello'), Buffer.alloc(0), Buffer.from(' world')], 0);
    file.writeNow([Buffer.from('J')], 0);
    file.writeNow([], 5);
    file.writeNow(buffers, 11);
    const into = Buffer.alloc(5_011);
    assert.equal(file.readNow(into, 0), 5_011);
    assert.deepEqual(into, Buffer.concat([Buffer.from('Jello world'), ...buffers]));
    await file.close();
    assert.throws(() => file.writeNow([Buffer.from('x')], 0), assert.AssertionError);
  });

  testOn(world, 'a view into a larger buffer is read and written as the view', async ({ disk, path }) => {
    const file = await disk.open(path, 'create');
    const whole = Buffer.from('0123456789');
    await file.write([whole.subarray(2, 5)], 0);
    const into = Buffer.from('----------');
    assert.equal(await file.read(into.subarray(4, 7), 0), 3);
    assert.equal(into.toString(), '----234---');
    await file.close();
  });

  testOn(world, 'a gap left by writing past the end reads as zeros', async ({ disk, path }) => {
    const file = await disk.open(path, 'create');
    await file.write([Buffer.from('end')], 2000);
    const into = Buffer.alloc(2003, 1);
    assert.equal(await file.read(into, 0), 2003);
    assert.deepEqual(into.subarray(0, 2000), Buffer.alloc(2000));
    await file.close();
  });

  testOn(
    world,
    'what was cut off by truncate reads as zeros when the file grows again',
    async ({ disk, path }) => {
      const file = await disk.open(path, 'create');
      await file.write([Buffer.alloc(3000, 1)], 0);
      await file.truncate(1000);
      assert.equal(await file.sizeBytes(), 1000);
      await file.truncate(2000);
      const into = Buffer.alloc(3000, 9);
      assert.equal(await file.read(into, 0), 2000);
      assert.deepEqual(into.subarray(0, 2000), Buffer.concat([Buffer.alloc(1000, 1), Buffer.alloc(1000)]));
      await file.close();
    },
  );

  testOn(world, 'close waits for the calls in progress and may be repeated', async ({ disk, path }) => {
    const file = await disk.open(path, 'create');
    let written = false;
    const writing = file.write([Buffer.alloc(100_000, 5)], 0).then(() => {
      written = true;
    });
    await file.close();
    assert.equal(written, true);
    await writing;
    await file.close();
    assert.equal((await disk.stat(path))?.sizeBytes, 100_000);
    await assert.rejects(async () => file.read(Buffer.alloc(1), 0), assert.AssertionError);
    assert.throws(() => file.readNow(Buffer.alloc(1), 0), assert.AssertionError);
  });

  testOn(world, 'a file opened to be read refuses to be written', async ({ disk, path }) => {
    await (await disk.open(path, 'create')).close();
    const file = await disk.open(path, 'read');
    await failsWith(() => file.write([Buffer.from('x')], 0), 'other');
    assert.throws(() => file.writeNow([Buffer.from('x')], 0), { code: 'other' });
    await failsWith(() => file.truncate(10), 'other');
    await file.close();
  });
}

function testNames(world: WorldUnderTest): void {
  testOn(
    world,
    'open tells a missing file from one that exists already',
    async ({ disk, directory, path }) => {
      await failsWith(() => disk.open(path, 'read'), 'not-found');
      await failsWith(() => disk.open(path, 'write'), 'not-found');
      await failsWith(() => disk.open(`${directory}/missing/file`, 'create'), 'not-found');
      await (await disk.open(path, 'create')).close();
      await failsWith(() => disk.open(path, 'create'), 'exists');
      await failsWith(() => disk.open(directory, 'create'), 'exists');
    },
  );

  testOn(
    world,
    'rename replaces the target, and open files stay what they were',
    async ({ disk, directory, path }) => {
      const other = `${directory}/other`;
      const first = await disk.open(path, 'create');
      await first.write([Buffer.from('first')], 0);
      const second = await disk.open(other, 'create');
      await second.write([Buffer.from('second!')], 0);
      await disk.rename(path, other);
      await disk.syncDirectory(directory);
      assert.deepEqual(await disk.list(directory), ['other']);
      assert.equal((await disk.stat(other))?.sizeBytes, 5);
      assert.equal(await second.sizeBytes(), 7);
      await failsWith(() => disk.rename(path, other), 'not-found');
      await failsWith(() => disk.rename(other, `${directory}/missing/file`), 'not-found');
      await Promise.all([first.close(), second.close()]);
    },
  );

  testOn(
    world,
    'a removed file is gone by name and still there for who has it open',
    async ({ disk, path }) => {
      const file = await disk.open(path, 'create');
      await file.write([Buffer.from('still here')], 0);
      await disk.remove(path);
      assert.equal(await disk.stat(path), undefined);
      await failsWith(() => disk.remove(path), 'not-found');
      const into = Buffer.alloc(10);
      assert.equal(await file.read(into, 0), 10);
      assert.equal(into.toString(), 'still here');
      await file.close();
    },
  );

  testOn(
    world,
    'stat gives size and time of a file, and nothing for a folder',
    async ({ disk, directory, path }) => {
      const file = await disk.open(path, 'create');
      await file.write([Buffer.alloc(77)], 0);
      const found = await disk.stat(path);
      assert.equal(found?.sizeBytes, 77);
      assert(found.modifiedMs > Date.UTC(2025, 0));
      assert.equal(await disk.stat(directory), undefined);
      await file.close();
    },
  );
}

function testFolders(world: WorldUnderTest): void {
  testOn(world, 'list gives files and folders sorted by code point', async ({ disk, directory }) => {
    assert.deepEqual(await disk.list(directory), []);
    assert.deepEqual(await disk.list(`${directory}/missing`), []);
    for (const name of ['b', '\u{1F600}', '\uFF5E', 'a', 'B']) {
      await (await disk.open(`${directory}/${name}`, 'create')).close();
    }
    await disk.makeDirectory(`${directory}/aa`);
    assert.deepEqual(await disk.list(directory), ['B', 'a', 'aa', 'b', '\uFF5E', '\u{1F600}']);
    await failsWith(() => disk.list(`${directory}/a`), 'other');
  });

  testOn(
    world,
    'makeDirectory makes every missing level and may be repeated',
    async ({ disk, directory, path }) => {
      await disk.makeDirectory(`${directory}/one/two/three`);
      await disk.makeDirectory(`${directory}/one/two/three`);
      await disk.makeDirectory(`${directory}/one/two/four`);
      assert.deepEqual(await disk.list(`${directory}/one/two`), ['four', 'three']);
      await (await disk.open(path, 'create')).close();
      await failsWith(() => disk.makeDirectory(path), 'other');
      await failsWith(() => disk.makeDirectory(`${path}/below`), 'other');
    },
  );

  testOn(world, 'a folder is not a file', async ({ disk, directory, path }) => {
    await disk.makeDirectory(`${directory}/folder`);
    await (await disk.open(path, 'create')).close();
    await failsWith(() => disk.remove(`${directory}/folder`), 'other');
    await failsWith(() => disk.rename(path, `${directory}/folder`), 'other');
    await failsWith(() => disk.open(`${directory}/folder`, 'write'), 'other');
  });

  testOn(world, 'a missing folder cannot be synced, measured or locked', async ({ disk, directory }) => {
    const missing = `${directory}/missing`;
    await failsWith(() => disk.syncDirectory(missing), 'not-found');
    await failsWith(() => disk.freeBytes(missing), 'not-found');
    await failsWith(() => disk.lockDirectory(missing), 'not-found');
    assert((await disk.freeBytes(directory)) > 0);
  });

  testOn(world, 'a folder has one lock at a time', async ({ disk, directory }) => {
    const lock = await disk.lockDirectory(directory);
    assert(lock !== undefined);
    assert.equal(await disk.lockDirectory(directory), undefined);
    assert.deepEqual(await disk.list(directory), [directoryLockName]);
    await lock.release();
    await lock.release();
    const next = await disk.lockDirectory(directory);
    assert(next !== undefined);
    await next.release();
  });
}
