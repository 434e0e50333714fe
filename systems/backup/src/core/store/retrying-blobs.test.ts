import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BlobsError } from '@cairn/engines';
import { Simulation } from '@cairn/world/simulated';
import { failing, MemoryBlobs } from '../../../test/memory-blobs.ts';
import { RetryingBlobs } from './retrying-blobs.ts';
import { StorePatience } from './store-patience.ts';

/** A store and its retrying front on a clock on which pauses take no time. */
async function simulated(
  work: (parts: {
    readonly blobs: MemoryBlobs;
    readonly retrying: RetryingBlobs;
    readonly elapsedMs: () => number;
    readonly sleep: (ms: number) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  const { world } = simulation.machine('a');
  const blobs = new MemoryBlobs({ clock: world.clock });
  const elapsedMs = () => simulation.clock.monotonicMs();
  const retrying = new RetryingBlobs(blobs, new StorePatience({ world }));
  const sleep = (ms: number) => world.clock.sleep(ms);
  await simulation.run(() => work({ blobs, retrying, elapsedMs, sleep }));
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

test('a store that goes away is waited for until its server has started anew, one that never answered only shortly', async () => {
  await simulated(async ({ blobs, retrying, elapsedMs }) => {
    blobs.disturb = failing(() => true, 'before');
    await assert.rejects(retrying.head('a'), isUnavailable);
    assert(elapsedMs() <= 16_000, `${elapsedMs()} ms`);
    blobs.disturb = () => undefined;
    await retrying.head('a');

    const goneMs = elapsedMs();
    blobs.disturb = () => {
      if (elapsedMs() - goneMs < 100_000) throw new BlobsError('unavailable', { attempted: 'put a' });
      return undefined;
    };
    await retrying.put('a', Buffer.from('x'));
    blobs.disturb = failing(() => true, 'before');
    const awayMs = elapsedMs();
    await assert.rejects(retrying.head('a'), isUnavailable);
    const waitedMs = elapsedMs() - awayMs;
    assert(waitedMs >= 120_000 && waitedMs <= 126_000, `${waitedMs} ms`);
    await assert.rejects(retrying.delete(['a']), isUnavailable);
    assert.equal(elapsedMs() - awayMs, waitedMs, 'what cleans up behind it does not wait as long again');
  });
});

test('a call that breaks off after longer than anybody is patient is tried again all the same', async () => {
  await simulated(async ({ blobs, retrying, sleep }) => {
    await retrying.head('a');
    let tries = 0;
    blobs.disturb = async () => {
      await sleep(600_000);
      if (++tries < 3) throw new BlobsError('unavailable', { attempted: 'put a' });
      return undefined;
    };
    assert.equal(await retrying.put('a', Buffer.from('x')), 'stored');
  });
});

test('a store that is full is an error at once', async () => {
  await simulated(async ({ blobs, retrying }) => {
    blobs.disturb = () => {
      throw new BlobsError('full', { attempted: 'put a' });
    };
    const isFull = (error: unknown) => (error as BlobsError).code === 'full';
    await assert.rejects(retrying.put('a', Buffer.from('x')), isFull);
    assert.equal(blobs.calls.length, 1);
  });
});

function isUnavailable(error: unknown): boolean {
  return error instanceof BlobsError && error.code === 'unavailable';
}
