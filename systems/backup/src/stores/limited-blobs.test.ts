import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBlobs } from '../../test/memory-blobs.ts';
import { LimitedBlobs, type LimitedBlobsOptions } from './limited-blobs.ts';

const KiB = 1024;

/** A clock that goes on when somebody sleeps; or on which nobody wakes before the signal aborts. */
class SleepingClock {
  ms = 0;
  wakes = true;
  nowMs = () => this.ms;
  monotonicMs = () => this.ms;
  setTimer = () => ({ cancel: () => {} });
  nextTurn = setImmediate;
  sleep = async (delayMs: number, signal?: AbortSignal) => {
    if (this.wakes) this.ms += delayMs;
    else
      await new Promise((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
      );
  };
}

function setUp(options: Omit<LimitedBlobsOptions, 'clock'>) {
  const clock = new SleepingClock();
  const blobs = new MemoryBlobs({ clock });
  return { clock, blobs, limited: new LimitedBlobs(blobs, { ...options, clock }) };
}

test('what is put keeps to the rate over many blobs, and what is got is not limited by it', async () => {
  const { clock, limited } = setUp({ uploadBytesPerSecond: 100 * KiB });
  const startsMs: number[] = [];
  for (const [name, size] of [100, 300, 200, 100].entries()) {
    await limited.put(`${name}`, Buffer.alloc(size * KiB));
    startsMs.push(clock.ms);
  }
  assert.deepEqual(startsMs, [0, 1000, 4000, 6000]);
  const content = await limited.get('1');
  for await (const _ of content!.body);
  assert.equal(clock.ms, 6000);
});

test('what is got keeps to its own rate, over all that read at once', async () => {
  const { clock, limited } = setUp({ downloadBytesPerSecond: 100 * KiB });
  for (const name of ['a', 'b', 'c']) await limited.put(name, Buffer.alloc(500 * KiB));
  assert.equal(clock.ms, 0);
  const read = async (name: string, range?: { start: number; length: number }) => {
    let bytes = 0;
    const content = await limited.get(name, range === undefined ? {} : { range });
    for await (const piece of content!.body) bytes += piece.length;
    return bytes;
  };
  assert.deepEqual(await Promise.all([read('a'), read('b', { start: 0, length: 200 * KiB })]), [
    500 * KiB,
    200 * KiB,
  ]);
  await read('c');
  assert(clock.ms >= 7000, `${clock.ms} ms for 700 KiB before the last`);
});

test('a stream is limited as it is read', async () => {
  const { clock, limited } = setUp({ uploadBytesPerSecond: 100 * KiB });
  async function* pieces() {
    for (let n = 0; n < 3; n += 1) yield Buffer.alloc(100 * KiB);
  }
  await limited.put('a', pieces());
  assert.equal(clock.ms, 2000);
});

test('what is small, as a heartbeat, does not wait behind a pack, but counts', async () => {
  const { clock, limited } = setUp({ uploadBytesPerSecond: 100 * KiB, downloadBytesPerSecond: 1 });
  await limited.put('pack', Buffer.alloc(1000 * KiB));
  await limited.put('heartbeat', Buffer.alloc(50 * KiB));
  for await (const _ of (await limited.get('heartbeat'))!.body);
  assert.equal(clock.ms, 0);
  await limited.put('another pack', Buffer.alloc(1000 * KiB));
  assert.equal(clock.ms, 10_500);
});

test('an abort ends what waits, and what comes behind it, to tidy up, does not wait', async () => {
  const controller = new AbortController();
  const { clock, blobs, limited } = setUp({ uploadBytesPerSecond: 100 * KiB, signal: controller.signal });
  clock.wakes = false;
  await limited.put('first', Buffer.alloc(1000 * KiB));
  const waiting = limited.put('second', Buffer.alloc(1000 * KiB));
  controller.abort(new Error('stop'));
  await assert.rejects(waiting, /stop/);
  assert.equal(await blobs.head('second'), undefined);
  await limited.put('index', Buffer.alloc(1000 * KiB));
  assert.notEqual(await blobs.head('index'), undefined);
});
