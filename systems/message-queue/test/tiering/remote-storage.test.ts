// The blobs engine as partitions use it: bounded in time, calls and memory.

import assert from 'node:assert/strict';
import test from 'node:test';
import type { Blobs } from '@cairn/engines';
import { silentTelemetry } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import {
  remoteCallMsMax,
  remoteChunkIdleMs,
  remoteChunksMax,
  remoteEndingMsMax,
  remotePutMsMax,
  remoteReadsMax,
  remoteWaitMsMax,
} from '../../src/limits.ts';
import { Pace } from '../../src/remote/pace.ts';
import { RemoteChunks } from '../../src/remote/remote-chunks.ts';
import { remoteEngine } from '../../src/remote/remote-engine.ts';
import { within } from '../partition/partition-fixture.ts';
import { SimulatedBlobs } from '../simulation/simulated-blobs.ts';

const { signal } = new AbortController();
const hasCode = (code: string) => (error: { code?: string }) => error.code === code;

function engine(clock: Clock, blobs: Blobs) {
  const open = async () => blobs;
  return remoteEngine({
    open,
    clock,
    telemetry: silentTelemetry(),
    copyBytesPerSecond: 1_000,
    chunkBytes: 10,
  });
}

/** Counts calls, and answers when it is told to. */
class SlowReads {
  readonly waiting: (() => void)[] = [];
  readonly lengths: number[] = [];
  read = ({ lengthBytes }: { lengthBytes: number }): Promise<Buffer> => {
    this.lengths.push(lengthBytes);
    return new Promise((resolve) => this.waiting.push(() => resolve(Buffer.alloc(lengthBytes, 'x'))));
  };
  answerAll(): void {
    for (const answer of this.waiting.splice(0)) answer();
  }
}

test(
  'who waits for a piece gives up after a while; the piece comes all the same',
  within(async (world) => {
    const storage = new SlowReads();
    const chunks = new RemoteChunks({ storage, clock: world.clock, chunkBytes: 10 });
    const blob = { name: 'a', sizeBytes: 100 };
    const startedMs = world.clock.monotonicMs();
    await assert.rejects(chunks.read(blob, { start: 0, lengthBytes: 4 }), hasCode('KAFKA_STORAGE_ERROR'));
    const tookMs = world.clock.monotonicMs() - startedMs;
    assert.ok(Math.abs(tookMs - remoteWaitMsMax) < 2, `${tookMs}`);
    // The next one learns it at once: nobody is held up twice.
    await assert.rejects(chunks.read(blob, { start: 0, lengthBytes: 4 }), hasCode('KAFKA_STORAGE_ERROR'));
    assert.ok(world.clock.monotonicMs() - startedMs - tookMs < 2);
    storage.answerAll();
    assert.equal((await chunks.read(blob, { start: 0, lengthBytes: 4 })).toString(), 'xxxx');
    assert.deepEqual(storage.lengths, [10]);
  }),
);

test(
  'pieces are read once for all who want them, the next one ahead, and the last one as long as it is',
  within(async (world) => {
    const storage = new SlowReads();
    const chunks = new RemoteChunks({ storage, clock: world.clock, chunkBytes: 10 });
    const blob = { name: 'a', sizeBytes: 25 };
    const reads = [0, 2, 3].map((start) => chunks.read(blob, { start, lengthBytes: 5 }));
    storage.answerAll();
    await Promise.all(reads);
    assert.deepEqual(storage.lengths, [10, 10]);
    storage.answerAll();
    const whole = chunks.read(blob, { start: 0, lengthBytes: 99 });
    await world.clock.sleep(1);
    storage.answerAll();
    assert.equal((await whole).length, 25);
    assert.deepEqual(storage.lengths, [10, 10, 5]);
  }),
);

test(
  'only so many pieces are kept, those that were used last',
  within(async (world) => {
    const read = async ({ lengthBytes }: { lengthBytes: number }) => {
      count += 1;
      return Buffer.alloc(lengthBytes);
    };
    let count = 0;
    const chunks = new RemoteChunks({ storage: { read }, clock: world.clock, chunkBytes: 10 });
    const touch = (name: string) => chunks.read({ name, sizeBytes: 10 }, { start: 0, lengthBytes: 1 });
    for (let index = 0; index < remoteChunksMax; index++) await touch(`blob ${index}`);
    await touch('blob 0');
    await touch('one more');
    assert.equal(count, remoteChunksMax + 1);
    await touch('blob 0');
    assert.equal(count, remoteChunksMax + 1);
    await touch('blob 1');
    assert.equal(count, remoteChunksMax + 2);
    await world.clock.sleep(remoteChunkIdleMs + 1);
    await touch('blob 1');
    assert.equal(count, remoteChunksMax + 3, 'they are forgotten when nobody reads any more');
  }),
);

test(
  'only so many calls read at a time, and those of an engine that is stuck end',
  within(async (world) => {
    let calls = 0;
    const get = () => {
      calls += 1;
      return new Promise<never>(() => {});
    };
    const { storage } = engine(world.clock, { get } as unknown as Blobs);
    const reads = Array.from({ length: remoteReadsMax + 3 }, (_, index) =>
      storage.read({ name: `${index}`, start: 0, lengthBytes: 1 }),
    );
    const settled = Promise.allSettled(reads);
    await world.clock.sleep(1);
    assert.equal(calls, remoteReadsMax);
    const startedMs = world.clock.monotonicMs();
    assert.ok((await settled).every(({ status }) => status === 'rejected'));
    assert.ok(world.clock.monotonicMs() - startedMs <= remoteCallMsMax);
    assert.equal(calls, remoteReadsMax, 'those that waited did not try');
  }),
);

test(
  'after a failure reads are refused at once for a while, longer each time; a success ends it',
  within(async (world, simulation) => {
    const blobs = new SimulatedBlobs({ clock: simulation.clock, random: simulation.random });
    const { storage } = engine(world.clock, blobs.open(world));
    await blobs.open(world).put('a', Buffer.from('hello'));
    const read = () => storage.read({ name: 'a', start: 1, lengthBytes: 3 });
    blobs.mood = { failing: 1, delayMsMax: 0 };
    await assert.rejects(read(), /could not be read/);
    blobs.mood = { failing: 0, delayMsMax: 0 };
    await assert.rejects(read(), /failed lately/);
    await world.clock.sleep(600);
    assert.equal((await read()).toString(), 'ell');
    assert.equal((await read()).toString(), 'ell');
  }),
);

test(
  'a blob that is missing does not make others wait',
  within(async (world, simulation) => {
    const blobs = new SimulatedBlobs({ clock: simulation.clock, random: simulation.random });
    const { storage } = engine(world.clock, blobs.open(world));
    await blobs.open(world).put('a', Buffer.from('hello'));
    await assert.rejects(
      storage.read({ name: 'b', start: 0, lengthBytes: 1 }),
      hasCode('KAFKA_STORAGE_ERROR'),
    );
    assert.equal((await storage.read({ name: 'a', start: 0, lengthBytes: 1 })).toString(), 'h');
  }),
);

test(
  'a put in which nothing moves any more ends; one that moves may take long',
  within(async (world, simulation) => {
    const blobs = new SimulatedBlobs({ clock: simulation.clock, random: simulation.random });
    const { storage } = engine(world.clock, blobs.open(world));
    const slow = async function* () {
      for (let pieces = 0; pieces < 4; pieces++) {
        await world.clock.sleep(remotePutMsMax - 1_000);
        yield Buffer.from('x');
      }
    };
    await storage.put('slow', slow(), signal);
    assert.deepEqual(blobs.names(), ['slow']);
    const stuck = async function* () {
      yield Buffer.from('x');
      await new Promise(() => {});
    };
    await assert.rejects(storage.put('stuck', stuck(), signal), /nothing moved for/);
    const startedMs = world.clock.monotonicMs();
    const ending = new AbortController();
    const ended = storage.put('ended', stuck(), ending.signal);
    ending.abort(new Error('closed'));
    await assert.rejects(ended, /closed/);
    // It may still be stored: that is waited for, for a while.
    assert.ok(world.clock.monotonicMs() - startedMs <= remoteEndingMsMax + 1);
  }),
);

test(
  'an engine that could not be opened is opened by the next call',
  within(async (world, simulation) => {
    const blobs = new SimulatedBlobs({ clock: simulation.clock, random: simulation.random });
    let attempts = 0;
    const open = async () => {
      attempts += 1;
      if (attempts === 1) throw new Error('not yet');
      return blobs.open(world);
    };
    const { storage } = remoteEngine({
      ...{ open, clock: world.clock, telemetry: silentTelemetry(), copyBytesPerSecond: 1 },
    });
    await assert.rejects(storage.delete(['a']), /not yet/);
    await storage.delete(['a']);
    assert.equal(attempts, 2);
  }),
);

test(
  'deleting by a prefix goes through all pages and keeps what it is told to',
  within(async (world, simulation) => {
    const blobs = new SimulatedBlobs({ clock: simulation.clock, random: simulation.random });
    const { storage } = engine(world.clock, blobs.open(world));
    const own = blobs.open(world);
    for (let index = 0; index < 1_200; index++) await own.put(`t/${index}`, Buffer.from('x'));
    await own.put('u/0', Buffer.from('x'));
    const isKept = (name: string) => name === 't/1100';
    assert.equal(await storage.deleteUnder('t/', { isKept }), 1_199);
    assert.deepEqual(blobs.names(), ['t/1100', 'u/0']);
  }),
);

test(
  'a pace lets so many bytes through in a second, for all together',
  within(async (world) => {
    const pace = new Pace({ clock: world.clock, bytesPerSecond: 1_000 });
    const startedMs = world.clock.monotonicMs();
    await Promise.all([500, 500, 1_000, 1].map((bytes) => pace.take(bytes, signal)));
    const tookMs = world.clock.monotonicMs() - startedMs;
    assert.ok(Math.abs(tookMs - 2_000) < 2, `${tookMs}`);
  }),
);
