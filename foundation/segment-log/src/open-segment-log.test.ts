import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DiskError } from '@cairn/world';
import { MemoryDisk } from '../test/memory-disk.ts';
import {
  append,
  appendSynced,
  copyOf,
  failOnce,
  flipBit,
  openLog,
  openPromptLog,
  readText,
  segmentBytes,
  segmentPath,
} from '../test/test-world.ts';
import {
  openSegmentsMax,
  promptWriteBytesMax,
  recordHeaderBytes,
  recordPayloadBytesMax,
  segmentHeaderBytes,
} from './limits.ts';

const text = (payload: Uint8Array): string => Buffer.from(payload).toString();
const parts = (...texts: readonly string[]): Uint8Array[] => texts.map((part) => Buffer.from(part));

describe('append', () => {
  test('a batch lies contiguous, and its records are read back together', async () => {
    const { log } = await openLog(new MemoryDisk());
    const location = await log.append([parts('alpha', 'beta'), parts(), parts('gamma')]);
    assert.deepEqual(location, { segment: 1, position: segmentHeaderBytes });
    const lengthBytes = 3 * recordHeaderBytes + 14;
    assert.deepEqual(log.end, { segment: 1, position: segmentHeaderBytes + lengthBytes });
    const payloads = await log.read(location, { count: 3, lengthBytes });
    assert.deepEqual(payloads.map(text), ['alphabeta', '', 'gamma']);
  });

  test('batches land in the order of calls, and those of one turn share one write', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const made = disk.trace.length;
    const locations = await Promise.all(['a', 'b', 'c'].map((name) => log.append([parts(name)])));
    assert.deepEqual(
      locations.map(({ position }) => position),
      [64, 97, 130],
    );
    assert.deepEqual(disk.trace.slice(made), ['write 99 at 64 000000000001.segment']);
  });

  test('payloads are handed to the disk as they are, not copied', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const payload = Buffer.from('changed too late');
    let written = false;
    disk.before = (operation) => {
      written ||= operation === 'write';
      if (operation === 'write') payload[0] = 'C'.charCodeAt(0);
    };
    const location = await log.append([[payload]]);
    assert.ok(written);
    await assert.rejects(readText(log, location, payload.length), { code: 'damaged' });
  });

  test('an empty batch and a payload beyond the limit are mistakes of the caller', async () => {
    const { log } = await openLog(new MemoryDisk());
    assert.throws(() => log.append([]), /at least one record/);
    const tooLarge = new Uint8Array(recordPayloadBytesMax + 1);
    assert.throws(() => log.append([[tooLarge]]), /at most 67108864 bytes, not 67108865/);
  });

  test('a full disk rejects the batch and leaves nothing of it; the next one takes its place', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [first] = await appendSynced(log, 'first');
    const { end } = log;
    failOnce(disk, 'write', 'full');
    await assert.rejects(append(log, 'lost'), { code: 'full' });
    assert.deepEqual(log.end, end);
    assert.deepEqual(disk.trace.slice(-2), [
      `truncate to ${end.position} 000000000001.segment`,
      'sync 000000000001.segment',
    ]);
    const [next] = await appendSynced(log, 'next');
    assert.deepEqual(next, end);
    assert.equal(await readText(log, first!, 5), 'first');
    const { recovered } = await openLog(copyOf(disk));
    assert.deepEqual(recovered, ['first', 'next']);
  });

  test('a log that writes promptly writes little at once, but not beside a sync', async () => {
    const disk = new MemoryDisk();
    const { log } = await openPromptLog(disk, { segmentBytesMax: 1_000_000 });
    const made = disk.trace.length;
    await append(log, 'a');
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    disk.before = (operation) => (operation === 'sync' ? held : undefined);
    const synced = log.sync();
    await append(log, 'b');
    release();
    await synced;
    await appendSynced(log, 'c');
    await append(log, 'x'.repeat(promptWriteBytesMax));
    assert.deepEqual(
      disk.trace.slice(made).map((line) => line.split(/ \d/)[0]),
      ['write now', 'write', 'sync', 'write now', 'sync', 'write'],
    );
  });

  test('a prompt write that fails leaves nothing, and the next one takes its place', async () => {
    const disk = new MemoryDisk();
    const { log } = await openPromptLog(disk);
    await appendSynced(log, 'first');
    const { end } = log;
    failOnce(disk, 'write now', 'full');
    await assert.rejects(append(log, 'lost'), { code: 'full' });
    const [next] = await appendSynced(log, 'next');
    assert.deepEqual(next, end);
    const { recovered } = await openLog(copyOf(disk));
    assert.deepEqual(recovered, ['first', 'next']);
  });

  test('when what a failed write left cannot be cut, the log fails until it is opened again', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await appendSynced(log, 'first');
    disk.before = (operation, path) => {
      if (operation === 'write' || operation === 'truncate') throw new DiskError('io', { operation, path });
    };
    await assert.rejects(append(log, 'lost'), { code: 'write-failed' });
    disk.before = () => undefined;
    await assert.rejects(append(log, 'later'), { code: 'write-failed' });
    await assert.rejects(log.sync(), { code: 'write-failed' });
    await assert.rejects(log.close(), { code: 'write-failed' });
    const reopened = await openLog(disk);
    assert.deepEqual(reopened.recovered, ['first']);
    await appendSynced(reopened.log, 'later');
  });
});

describe('sync', () => {
  test('many appends and syncs at once cost one sync of the disk', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const made = disk.trace.length;
    const one = async (name: string) => {
      await log.append([parts(name)]);
      await log.sync();
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(one));
    assert.deepEqual(
      disk.trace.slice(made).map((line) => line.split(' ')[0]),
      ['write', 'sync'],
    );
  });

  test('after a failed sync the log takes nothing more, but serves what was synced before', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [first] = await appendSynced(log, 'first');
    await append(log, 'doubtful');
    failOnce(disk, 'sync', 'io');
    await assert.rejects(log.sync(), { code: 'sync-failed' });
    await assert.rejects(append(log, 'later'), { code: 'sync-failed' });
    await assert.rejects(log.sync(), { code: 'sync-failed' });
    await assert.rejects(log.roll(), { code: 'sync-failed' });
    assert.equal(await readText(log, first!, 5), 'first');
    await assert.rejects(log.close(), { code: 'sync-failed' });
    assert.equal(disk.filesOpen, 0);
  });

  test('what a failed sync left in memory only is written again by recovery before it is handed over', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await appendSynced(log, 'first');
    const from = log.end.position;
    await append(log, 'doubtful');
    failOnce(disk, 'sync', 'io');
    await assert.rejects(log.sync(), { code: 'sync-failed' });
    const after = copyOf(disk);
    let syncedWhenHandedOver = false;
    await openLog(after, {
      onRecovered: () => {
        syncedWhenHandedOver = after.trace.includes('sync 000000000001.segment');
      },
    });
    assert.deepEqual(after.trace, [
      'syncDirectory log',
      `write ${recordHeaderBytes + 8} at ${from} 000000000001.segment`,
      'sync 000000000001.segment',
    ]);
    assert.ok(syncedWhenHandedOver);
  });
});

describe('roll', () => {
  test('a segment is synced before its successor is made, and that is durable before it is written', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const made = disk.trace.length;
    await append(log, 'a'.repeat(500));
    const [location] = await append(log, 'b'.repeat(500));
    assert.deepEqual(location, { segment: 2, position: segmentHeaderBytes });
    assert.deepEqual(disk.trace.slice(made), [
      'write 532 at 64 000000000001.segment',
      'sync 000000000001.segment',
      'create 000000000002.segment.new',
      'write 64 at 0 000000000002.segment.new',
      'sync 000000000002.segment.new',
      'rename 000000000002.segment',
      'syncDirectory log',
      'write 532 at 64 000000000002.segment',
    ]);
    assert.deepEqual(log.segments(), [
      { segment: 1, sizeBytes: 596, sealed: true },
      { segment: 2, sizeBytes: 596, sealed: false },
    ]);
  });

  test('a batch larger than a segment gets a segment of its own', async () => {
    const { log } = await openLog(new MemoryDisk());
    const sizes = [10, 5000, 10];
    const locations = await Promise.all(sizes.map((size) => log.append([[Buffer.alloc(size)]])));
    assert.deepEqual(
      locations.map(({ segment }) => segment),
      [1, 2, 3],
    );
  });

  test('rolling seals what was appended before the call; an empty segment is not rolled', async () => {
    const { log } = await openLog(new MemoryDisk());
    const [before, , after] = await Promise.all([
      log.append([parts('a')]),
      log.roll(),
      log.append([parts('b')]),
    ]);
    assert.deepEqual([before.segment, after.segment], [1, 2]);
    await Promise.all([log.roll(), log.roll()]);
    assert.deepEqual(log.end, { segment: 3, position: segmentHeaderBytes });
  });

  test('when the disk is too full for a new segment, the batch is rejected and the log goes on', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await append(log, 'a'.repeat(800));
    failOnce(disk, 'write', 'full');
    await assert.rejects(append(log, 'b'.repeat(900)), { code: 'full' });
    const [small] = await append(log, 'c');
    assert.equal(small!.segment, 1);
    const [large] = await append(log, 'd'.repeat(900));
    assert.equal(large!.segment, 2);
  });

  test('when the name of a new segment is in doubt, the log fails rather than write before it', async () => {
    for (const operation of ['rename', 'syncDirectory']) {
      const disk = new MemoryDisk();
      const { log } = await openLog(disk);
      await append(log, 'a');
      failOnce(disk, operation, 'io');
      await assert.rejects(log.roll(), { code: 'write-failed' });
      await assert.rejects(append(log, 'b'), { code: 'write-failed' });
      const reopened = await openLog(copyOf(disk));
      assert.deepEqual(reopened.recovered, ['a']);
      await appendSynced(reopened.log, 'b');
    }
  });
});

describe('reading', () => {
  test('reading on gives the whole records that fit and where the next begins, the first however long', async () => {
    const { log } = await openLog(new MemoryDisk(), { segmentBytesMax: 100_000 });
    const first = await log.append([parts('alpha'), parts('b'.repeat(5_000)), parts('gamma')]);
    const short = await log.readOn(first, { lengthBytes: 60 });
    assert.deepEqual(short.payloads.map(text), ['alpha']);
    assert.equal(short.nextBytes, undefined, 'the next header was not read');
    const two = await log.readOn(first, { lengthBytes: 80 });
    assert.deepEqual(two.payloads.map(text), ['alpha']);
    assert.equal(two.nextBytes, 5_000);
    const long = await log.readOn(two.next, { lengthBytes: 60 });
    assert.deepEqual(long.payloads.map(text), ['b'.repeat(5_000)]);
    const rest = await log.readOn(two.next, { lengthBytes: 90_000 });
    assert.deepEqual(rest.payloads.map(text), ['b'.repeat(5_000), 'gamma']);
    assert.deepEqual(rest.next, log.end);
    const nothing = { payloads: [], next: log.end, nextBytes: undefined };
    assert.deepEqual(await log.readOn(log.end, { lengthBytes: 60 }), nothing);
  });

  test('reading on goes into the buffers that it is given', async () => {
    const { log } = await openLog(new MemoryDisk(), { segmentBytesMax: 100_000 });
    const first = await log.append([parts('b'.repeat(5_000))]);
    const given: Buffer[] = [];
    const take = (bytes: number): Buffer => {
      given.push(Buffer.alloc(2 * bytes));
      return given.at(-1)!;
    };
    const { payloads } = await log.readOn(first, { lengthBytes: 60, take });
    assert.equal(given.length, 2, 'the first record is longer than what was asked for');
    assert.deepEqual(payloads.map(text), ['b'.repeat(5_000)]);
    assert.equal((payloads[0] as Buffer).buffer, given[1]!.buffer);
  });

  test('reading on stops before the mark of a closed log and before damage, and refuses to begin there', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [first, second] = await appendSynced(log, 'alpha', 'beta');
    await log.roll();
    const read = await log.readOn(first!, { lengthBytes: 500 });
    assert.deepEqual(read.payloads.map(text), ['alpha', 'beta']);
    flipBit(disk, 1, second!.position + recordHeaderBytes + 1);
    const sound = await log.readOn(first!, { lengthBytes: 500 });
    assert.deepEqual(sound.payloads.map(text), ['alpha']);
    assert.deepEqual(sound.next, second);
    await assert.rejects(log.readOn(sound.next, { lengthBytes: 500 }), { code: 'damaged' });
    await assert.rejects(log.readOn({ segment: 9, position: 64 }, { lengthBytes: 60 }), {
      code: 'not-found',
    });
  });

  test('wrong bytes are never given out: every flipped bit of a record is damage', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [location] = await append(log, 'payload');
    for (let position = 64; position < segmentBytes(disk, 1).length; position += 1) {
      flipBit(disk, 1, position);
      await assert.rejects(readText(log, location!, 7), { code: 'damaged', segment: 1, position: 64 });
      assert.throws(() => log.readNow(location!, { count: 1, lengthBytes: 39 }), { code: 'damaged' });
      flipBit(disk, 1, position);
    }
    assert.equal(await readText(log, location!, 7), 'payload');
  });

  test('asking for something else than what was written there is damage', async () => {
    const { log } = await openLog(new MemoryDisk());
    const location = await log.append([parts('one'), parts('two')]);
    const within = { segment: 1, position: location.position + 1 };
    const code = { code: 'damaged' };
    await assert.rejects(log.read(within, { count: 1, lengthBytes: 35 }), code);
    await assert.rejects(log.read(location, { count: 1, lengthBytes: 36 }), code);
    await assert.rejects(log.read(location, { count: 1, lengthBytes: 34 }), code);
    await assert.rejects(log.read(location, { count: 1, lengthBytes: 70 }), code);
    await assert.rejects(
      log.read(log.end, { count: 1, lengthBytes: 35 }),
      /the segment ends 35 bytes too early/,
    );
  });

  test('a read on the calling thread works on an open segment, and is undefined otherwise', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [location] = await append(log, 'now');
    await log.close();
    const { log: reopened } = await openLog(disk);
    assert.deepEqual(reopened.readNow(location!, { count: 1, lengthBytes: 35 })?.map(text), ['now']);
    await append(reopened, 'x'.repeat(950));
    await reopened.close();
    const { log: later } = await openLog(disk);
    assert.equal(later.readNow(location!, { count: 1, lengthBytes: 35 }), undefined);
    await readText(later, location!, 3);
    assert.deepEqual(later.readNow(location!, { count: 1, lengthBytes: 35 })?.map(text), ['now']);
  });

  test('only the most recently read segments stay open', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const locations = [];
    for (let segment = 0; segment < openSegmentsMax + 10; segment += 1) {
      locations.push(...(await append(log, 'abc')));
      await log.roll();
    }
    for (const location of locations) assert.equal(await readText(log, location, 3), 'abc');
    assert.equal(disk.filesOpen, openSegmentsMax + 1);
    await log.close();
    assert.equal(disk.filesOpen, 0);
  });

  test('a scan gives the records of a segment in order, and stops with an error at damage', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [, second] = await append(log, 'aaa', 'bbb', 'ccc');
    await log.roll();
    const seen: string[] = [];
    for await (const { payload } of log.scan(second!)) seen.push(text(payload));
    assert.deepEqual(seen, ['bbb', 'ccc']);
    flipBit(disk, 1, second!.position);
    const scanAll = async () => {
      for await (const { payload } of log.scan({ segment: 1, position: 64 })) seen.push(text(payload));
    };
    await assert.rejects(scanAll(), { code: 'damaged', segment: 1, position: second!.position });
    assert.deepEqual(seen, ['bbb', 'ccc', 'aaa']);
    assert.equal(disk.filesOpen, 2);
  });
});

describe('remove', () => {
  test('a removed segment is gone, durably, and its number is never used again', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [location] = await append(log, 'aaa');
    await log.roll();
    await log.remove(1);
    assert.deepEqual(disk.trace.slice(-2), ['remove 000000000001.segment', 'syncDirectory log']);
    await assert.rejects(readText(log, location!, 3), { code: 'not-found', segment: 1 });
    await assert.rejects(log.remove(1), { code: 'not-found' });
    const { log: reopened } = await openLog(copyOf(disk));
    await append(reopened, 'bbb');
    await reopened.roll();
    assert.deepEqual(
      reopened.segments().map(({ segment }) => segment),
      [2, 3],
    );
  });

  test('a read that races the removal finishes', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [location] = await append(log, 'aaa');
    await log.roll();
    const held = Promise.withResolvers<void>();
    disk.before = (operation) => (operation === 'read' ? held.promise : undefined);
    const reading = readText(log, location!, 3);
    await log.remove(1);
    assert.equal(disk.files.has(segmentPath(1)), false);
    held.resolve();
    assert.equal(await reading, 'aaa');
    assert.equal(disk.filesOpen, 1);
  });

  test('a removal whose sync failed can be repeated', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await append(log, 'aaa');
    await log.roll();
    failOnce(disk, 'syncDirectory', 'io');
    await assert.rejects(log.remove(1), { code: 'io' });
    await log.remove(1);
    assert.equal(log.segments().length, 1);
  });
});

describe('close', () => {
  test('closing writes what was appended, syncs it, and marks the end', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const made = disk.trace.length;
    const appended = log.append([parts('aaa')]);
    await log.close();
    await appended;
    assert.deepEqual(
      disk.trace.slice(made).map((line) => line.replace(/ \d+\.segment.*/, '')),
      ['write 35 at 64', 'sync', 'write 32 at 99', 'sync'],
    );
    assert.equal(disk.filesOpen, 0);
  });

  test('a clean open after a clean close changes nothing', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await append(log, 'aaa');
    await log.close();
    disk.trace.length = 0;
    const { log: reopened } = await openLog(disk);
    await reopened.close();
    assert.deepEqual(disk.trace, []);
  });

  test('a closed log refuses everything but another close', async () => {
    const { log } = await openLog(new MemoryDisk());
    const [location] = await append(log, 'aaa');
    await log.close();
    await log.close();
    const code = { code: 'closed' };
    await assert.rejects(append(log, 'bbb'), code);
    await assert.rejects(log.sync(), code);
    await assert.rejects(log.roll(), code);
    await assert.rejects(readText(log, location!, 3), code);
    await assert.rejects(log.remove(1), code);
  });

  test('a disk too full for the mark is no reason to fail', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    await appendSynced(log, 'aaa');
    failOnce(disk, 'write', 'full');
    await log.close();
    const { recovered } = await openLog(disk);
    assert.deepEqual(recovered, ['aaa']);
  });
});
