// Getting: whole, in ranges, not there, left half-way.

import assert from 'node:assert/strict';
import { BlobsError } from '../blobs-error.ts';
import type { BlobsCase } from './blobs-case.ts';
import { readBlob, SeededBytes } from './bytes.ts';

export const readingCases: readonly BlobsCase[] = [
  {
    title: 'a name without a blob is undefined to get and head',
    async run(blobs) {
      await blobs.put('a/b', Buffer.from('x'));
      for (const name of ['missing', 'a', 'a/', 'a/b/', 'a/b/c', 'A/b', 'missing/a/b']) {
        assert.equal(await blobs.get(name), undefined, name);
        assert.equal(await blobs.get(name, { range: { start: 0, length: 1 } }), undefined, name);
        assert.equal(await blobs.head(name), undefined, name);
      }
    },
  },
  {
    title: 'ranges are got as asked',
    async run(blobs, { seed }) {
      const bytes = new SeededBytes(seed).bytes(700_000);
      await blobs.put('name', bytes);
      for (const [start, length] of [
        [0, 1],
        [0, 700_000],
        [699_999, 1],
        [1, 300_000],
        [300_000, 400_000],
      ] as const) {
        const found = await readBlob(blobs, 'name', { start, length });
        assert.deepEqual(found, bytes.subarray(start, start + length));
        const content = await blobs.get('name', { range: { start, length } });
        assert.equal(content?.info.sizeBytes, 700_000, 'the info is that of the whole blob');
        await Array.fromAsync(content.body);
      }
    },
  },
  {
    title: 'memory to read into is used in order, or not at all',
    async run(blobs, { seed }) {
      const bytes = new SeededBytes(seed).bytes(5_000_000);
      await blobs.put('name', bytes);
      const range = { start: 10, length: 4_500_000 };
      for (const length of [range.length - 1, range.length, range.length + 1]) {
        const into = new Uint8Array(new SharedArrayBuffer(length));
        const content = await blobs.get('name', { range, into });
        const found = new Uint8Array(range.length);
        let filled = 0;
        for await (const piece of content!.body) {
          if (piece.buffer === into.buffer) assert.equal(piece.byteOffset, filled);
          found.set(piece, filled);
          filled += piece.length;
        }
        assert.equal(filled, range.length);
        assert.deepEqual(found, new Uint8Array(bytes.subarray(range.start, range.start + range.length)));
      }
    },
  },
  {
    title: 'a range that does not lie within the blob is refused',
    async run(blobs) {
      await blobs.put('name', Buffer.alloc(100));
      await blobs.put('empty', Buffer.alloc(0));
      for (const range of [
        { start: 100, length: 1 },
        { start: 99, length: 2 },
        { start: 0, length: 101 },
        { start: 1e12, length: 1e12 },
      ]) {
        await assert.rejects(blobs.get('name', { range }), isInvalidRange, JSON.stringify(range));
      }
      await assert.rejects(blobs.get('empty', { range: { start: 0, length: 1 } }), isInvalidRange);
    },
  },
  {
    title: 'info tells the size and when the blob was written, the same by every way',
    async run(blobs) {
      const beforeMs = Date.now();
      await blobs.put('name', Buffer.alloc(123));
      const info = await blobs.head('name');
      assert.equal(info?.name, 'name');
      assert.equal(info.sizeBytes, 123);
      const clocksDifferMs = 60_000;
      assert(Math.abs(info.modifiedMs - beforeMs) < clocksDifferMs, `${info.modifiedMs} is not now`);
      const content = await blobs.get('name');
      await Array.fromAsync(content!.body);
      const [listed] = (await blobs.list({ prefix: '' })).blobs;
      for (const other of [content!.info, listed!]) {
        assert.deepEqual([other.name, other.sizeBytes], [info.name, info.sizeBytes]);
        // In S3 a header counts whole seconds, a listing milliseconds.
        assert(Math.abs(other.modifiedMs - info.modifiedMs) < 1000);
      }
    },
  },
  {
    title: 'a body may be left half-way, also many',
    async run(blobs) {
      const bytes = Buffer.alloc(3_000_000, 'x');
      await blobs.put('name', bytes);
      for (let round = 0; round < 100; round++) {
        for await (const piece of (await blobs.get('name'))!.body) {
          assert(piece.length > 0);
          break;
        }
      }
      assert.equal((await readBlob(blobs, 'name'))?.length, bytes.length);
    },
  },
  {
    title: 'a get that is aborted rejects with the reason, before and in mid-body',
    async run(blobs) {
      await blobs.put('name', Buffer.alloc(3_000_000, 'x'));
      const reason = new Error('no longer wanted');
      await assert.rejects(blobs.get('name', { signal: AbortSignal.abort(reason) }), reason);
      const controller = new AbortController();
      const content = await blobs.get('name', { signal: controller.signal });
      const reading = async () => {
        for await (const _ of content!.body) controller.abort(reason);
      };
      await assert.rejects(reading(), reason);
    },
  },
  {
    title: 'a reader sees the blob of before or after, whole, when it is replaced',
    async run(blobs) {
      const versions = [Buffer.alloc(600_000, 'a'), Buffer.alloc(500_000, 'b')];
      await blobs.put('name', versions[0]!);
      for (let round = 1; round <= 10; round++) {
        const [found] = await Promise.all([readBlob(blobs, 'name'), blobs.put('name', versions[round % 2]!)]);
        assert(versions.some((version) => version.equals(found!)));
      }
    },
  },
  {
    title: 'calls after close are refused',
    async run(blobs) {
      await blobs.put('name', Buffer.from('x'));
      await blobs.close();
      await blobs.close();
      const isClosed = (error: unknown) => error instanceof BlobsError && error.code === 'closed';
      await assert.rejects(blobs.put('name', Buffer.from('x')), isClosed);
      await assert.rejects(blobs.get('name'), isClosed);
      await assert.rejects(blobs.head('name'), isClosed);
      await assert.rejects(blobs.delete(['name']), isClosed);
      await assert.rejects(blobs.list({ prefix: '' }), isClosed);
    },
  },
];

function isInvalidRange(error: unknown): boolean {
  return error instanceof BlobsError && error.code === 'invalid-range';
}
