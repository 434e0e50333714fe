import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { Simulation } from '@cairn/world/simulated';
import { failing, MemoryBlobs } from '../../../test/memory-blobs.ts';
import { RetryingBlobs } from './retrying-blobs.ts';

/** A store and its retrying front on a clock on which pauses take no time. */
async function simulated(
  work: (parts: { blobs: MemoryBlobs; retrying: RetryingBlobs; elapsedMs: () => number }) => Promise<void>,
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  const { world } = simulation.machine('a');
  const blobs = new MemoryBlobs({ clock: world.clock });
  const elapsedMs = () => simulation.clock.monotonicMs();
  await simulation.run(() => work({ blobs, retrying: new RetryingBlobs(blobs, world), elapsedMs }));
}

test('what fails for the moment is tried again, every kind of call', async () => {
  await simulated(async ({ blobs, retrying }) => {
    await blobs.put('a', Buffer.from('x'));
    for (const call of [
      () => retrying.put('b', Buffer.from('y')),
      () => retrying.get('a'),
      () => retrying.head('a'),
      () => retrying.list({ prefix: '' }),
      () => retrying.delete(['a']),
    ]) {
      blobs.disturb = failing(() => true, 'before', 3);
      await call();
    }
    assert.deepEqual(blobs.names(), ['b']);
  });
});

test('a put if absent whose answer was lost was won by its caller', async () => {
  await simulated(async ({ blobs, retrying }) => {
    blobs.disturb = failing(({ operation }) => operation === 'put', 'after', 2);
    assert.equal(await retrying.put('a', Buffer.from('mine'), { ifAbsent: true }), 'stored');
  });
});

test('a put if absent that met another’s blob on its way is lost', async () => {
  await simulated(async ({ blobs, retrying }) => {
    blobs.disturb = failing(({ operation }) => operation === 'put', 'before', 1);
    const put = retrying.put('a', Buffer.from('mine'), { ifAbsent: true });
    await blobs.put('a', Buffer.from('else'), { ifAbsent: true });
    assert.equal(await put, 'exists');
    assert.equal(Buffer.from(blobs.bytesOf('a')).toString(), 'else');
  });
});

test('a store that stays away, or is full, is an error in bounded time', async () => {
  await simulated(async ({ blobs, retrying, elapsedMs }) => {
    blobs.disturb = failing(() => true, 'before');
    await assert.rejects(retrying.head('a'), (error) => (error as BlobsError).code === 'unavailable');
    assert.equal(blobs.calls.length, 7);
    assert(elapsedMs() <= 13_000, `${elapsedMs()} ms`);
    blobs.disturb = () => {
      throw new BlobsError('full', { attempted: 'put a' });
    };
    blobs.calls.length = 0;
    await assert.rejects(
      retrying.put('a', Buffer.from('x')),
      (error) => (error as BlobsError).code === 'full',
    );
    assert.equal(blobs.calls.length, 1);
  });
});
