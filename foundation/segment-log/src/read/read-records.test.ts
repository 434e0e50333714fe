import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { MemoryDisk } from '../../test/memory-disk.ts';
import { append, flipBit, openLog, readText } from '../../test/test-world.ts';
import { cachedReadBytesMin, recordHeaderBytes } from '../limits.ts';

const text = (payload: Uint8Array): string => Buffer.from(payload).toString();
const parts = (payload: string): Uint8Array[] => [Buffer.from(payload)];

suite('reading records', () => {
  test('records are verified one by one where they are taken one by one', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const location = await log.append([parts('one'), parts('two')]);
    const options = { count: 2, lengthBytes: 70 };
    flipBit(disk, 1, location.position + 35 + recordHeaderBytes);
    for (const payloads of [await log.readEach(location, options), log.readCached(location, options)!]) {
      assert.equal(text(payloads.next().value!), 'one');
      assert.throws(() => payloads.next(), { code: 'damaged', position: location.position + 35 });
    }
    await assert.rejects(log.read(location, options), { code: 'damaged' });
    flipBit(disk, 1, location.position + 35 + recordHeaderBytes);
    const tooLong = await log.readEach(location, { count: 1, lengthBytes: 70 });
    assert.throws(() => tooLong.next(), { code: 'damaged' }, 'before the last is given');
  });

  test('what memory has is read at once, and undefined unless memory has all of it', async () => {
    const disk = new MemoryDisk();
    const { log } = await openLog(disk);
    const [location] = await append(log, 'now');
    const options = { count: 1, lengthBytes: 35, into: Buffer.alloc(100) };
    const payloads = log.readCached(location!, options);
    assert.deepEqual([...payloads!].map(text), ['now']);
    assert.equal(text(options.into.subarray(recordHeaderBytes, 35)), 'now');
    assert.equal(log.readCached(location!, { count: 2, lengthBytes: 70 }), undefined, 'there is no second');
    disk.caches = false;
    assert.equal(log.readCached(location!, options), undefined);
    disk.caches = true;
    await append(log, 'x'.repeat(950));
    await log.close();
    const { log: later } = await openLog(disk);
    assert.equal(later.readCached(location!, options), undefined, 'its segment is not open');
    await readText(later, location!, 3);
    assert.deepEqual([...later.readCached(location!, options)!].map(text), ['now']);
  });

  test('what memory has is read however short it is, where less than a page is never read that way', async () => {
    const disk = new MemoryDisk();
    disk.cachedReadBytesMin = cachedReadBytesMin;
    const { log } = await openLog(disk);
    const [location] = await append(log, 'now');
    for (const room of [{}, { into: Buffer.alloc(cachedReadBytesMin) }]) {
      const payloads = log.readCached(location!, { count: 1, lengthBytes: 35, ...room });
      assert.deepEqual([...payloads!].map(text), ['now']);
    }
    const little = { count: 1, lengthBytes: 35, into: Buffer.alloc(100) };
    assert.equal(log.readCached(location!, little), undefined);
    await append(log, 'x'.repeat(cachedReadBytesMin));
    const payloads = log.readCached(location!, { count: 1, lengthBytes: 35 });
    assert.deepEqual([...payloads!].map(text), ['now'], 'of what is read besides nothing is given');
  });
});
