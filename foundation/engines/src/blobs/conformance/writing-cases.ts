// Putting and deleting: whole or not at all, one winner, nothing left behind.

import assert from 'node:assert/strict';
import type { BlobBody, Blobs } from '../blobs.ts';
import type { BlobsCase } from './blobs-case.ts';
import { assertHolds, inPieces, SeededBytes } from './bytes.ts';

/** More than one part of a multipart upload. */
const largeBytes = 20 * 1024 * 1024;

export const writingCases: readonly BlobsCase[] = [
  {
    title: 'what was put is got back, whatever its size',
    async run(blobs, { seed }) {
      const source = new SeededBytes(seed);
      for (const length of [0, 1, 4095, 4096, 262_144, 262_145, 1_000_000]) {
        const bytes = source.bytes(length);
        assert.equal(await blobs.put(`bytes-${length}`, bytes), 'stored');
        await assertHolds(blobs, `bytes-${length}`, bytes);
        assert.equal(await blobs.put(`stream-${length}`, inPieces(bytes, 10_000)), 'stored');
        await assertHolds(blobs, `stream-${length}`, bytes);
      }
    },
  },
  {
    title: 'a stream larger than a part is got back',
    async run(blobs, { seed }) {
      const bytes = new SeededBytes(seed).bytes(largeBytes);
      assert.equal(await blobs.put('large', inPieces(bytes, 1_000_000)), 'stored');
      await assertHolds(blobs, 'large', bytes);
      assert.equal((await blobs.head('large'))?.sizeBytes, largeBytes);
    },
  },
  {
    title: 'the last writer of a name wins',
    async run(blobs) {
      await blobs.put('name', Buffer.from('first, and longer'));
      assert.equal(await blobs.put('name', Buffer.from('second')), 'stored');
      await assertHolds(blobs, 'name', Buffer.from('second'));
    },
  },
  {
    title: 'a stream may use a piece’s memory again when it is asked for the next',
    async run(blobs) {
      for (const count of [3, largeBytes / 1_000]) {
        const pieces = Array.from({ length: count }, (_, index) => Buffer.alloc(1_000, index % 251));
        async function* inOneBuffer() {
          const buffer = Buffer.alloc(1_000);
          for (const piece of pieces) {
            buffer.set(piece);
            yield buffer;
          }
        }
        await blobs.put('name', inOneBuffer());
        await assertHolds(blobs, 'name', Buffer.concat(pieces));
      }
    },
  },
  {
    title: 'concurrent writers of a name leave one of their blobs, whole',
    async run(blobs) {
      const bodies = Array.from({ length: 10 }, (_, index) => Buffer.alloc(50_000, index));
      await Promise.all(bodies.map((body) => blobs.put('name', inPieces(body, 9_000))));
      const { body } = (await blobs.get('name'))!;
      const found = Buffer.concat(await Array.fromAsync(body));
      assert(bodies.some((candidate) => candidate.equals(found)));
    },
  },
  {
    title: 'a put with ifAbsent keeps what is there',
    needs: 'ifAbsent',
    async run(blobs) {
      const large = Buffer.alloc(largeBytes, 'x');
      assert.equal(await blobs.put('name', Buffer.from('first'), { ifAbsent: true }), 'stored');
      assert.equal(await blobs.put('name', Buffer.from('second'), { ifAbsent: true }), 'exists');
      assert.equal(await blobs.put('name', inPieces(large, 1_000_000), { ifAbsent: true }), 'exists');
      await assertHolds(blobs, 'name', Buffer.from('first'));
      await blobs.delete(['name']);
      assert.equal(await blobs.put('name', inPieces(large, 1_000_000), { ifAbsent: true }), 'stored');
      await assertHolds(blobs, 'name', large);
    },
  },
  {
    title: 'of concurrent writers with ifAbsent one stores and the others hear that it exists',
    needs: 'ifAbsent',
    async run(blobs) {
      for (const asBody of [(bytes: Buffer): BlobBody => bytes, (bytes: Buffer) => inPieces(bytes, 300)]) {
        await blobs.delete(['new/name']);
        const bodies = Array.from({ length: 20 }, (_, index) => Buffer.alloc(1000, index + 1));
        const outcomes = await Promise.all(
          bodies.map((body) => blobs.put('new/name', asBody(body), { ifAbsent: true })),
        );
        assert.equal(outcomes.filter((outcome) => outcome === 'stored').length, 1);
        assert.equal(outcomes.filter((outcome) => outcome === 'exists').length, 19);
        await assertHolds(blobs, 'new/name', bodies[outcomes.indexOf('stored')]!);
      }
    },
  },
  {
    title: 'a body that fails leaves nothing, and put fails with its error',
    async run(blobs) {
      for (const bytesBefore of [0, 1000, largeBytes]) {
        const put = blobs.put('name', failingAfter(bytesBefore));
        await assert.rejects(put, { message: 'the source broke' });
        await assertIsEmpty(blobs);
      }
    },
  },
  {
    title: 'a body that fails leaves the blob that was there',
    async run(blobs) {
      await blobs.put('name', Buffer.from('before'));
      await assert.rejects(blobs.put('name', failingAfter(1000)), { message: 'the source broke' });
      await assertHolds(blobs, 'name', Buffer.from('before'));
    },
  },
  {
    title: 'a put that is aborted rejects with the reason and leaves nothing, even when its source is stuck',
    async run(blobs) {
      const reason = new Error('no longer wanted');
      await assert.rejects(
        blobs.put('name', Buffer.from('x'), { signal: AbortSignal.abort(reason) }),
        reason,
      );
      const controller = new AbortController();
      const put = blobs.put(
        'name',
        stuckAfter(1000, () => controller.abort(reason)),
        {
          signal: controller.signal,
        },
      );
      await assert.rejects(put, reason);
      await assertIsEmpty(blobs);
    },
  },
  {
    title: 'deleting removes the blobs, and names that do not exist are no error',
    async run(blobs) {
      const kept = ['a', 'a/b/c'];
      const deleted = ['a/b', 'z', 'a/b/', 'A'];
      for (const name of [...kept, ...deleted]) await blobs.put(name, Buffer.from(name));
      const missing = Array.from({ length: 2_500 }, (_, index) => `missing/${index}`);
      await blobs.delete([...missing, ...deleted]);
      await blobs.delete(deleted);
      await blobs.delete([]);
      for (const name of deleted) assert.equal(await blobs.head(name), undefined, name);
      for (const name of kept) await assertHolds(blobs, name, Buffer.from(name));
    },
  },
];

async function* failingAfter(bytes: number): AsyncGenerator<Uint8Array> {
  if (bytes > 0) yield Buffer.alloc(bytes, 'x');
  throw new Error('the source broke');
}

async function* stuckAfter(bytes: number, onStuck: () => void): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(bytes, 'x');
  setImmediate(onStuck);
  await new Promise(() => {});
}

async function assertIsEmpty(blobs: Blobs): Promise<void> {
  assert.deepEqual(await blobs.list({ prefix: '' }), { blobs: [], more: false });
}
