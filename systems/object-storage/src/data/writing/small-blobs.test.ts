import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordLocation, RecordParts, SegmentLog } from '@cairn/segment-log';
import type { Clock } from '@cairn/world';
import {
  smallBatchBlobs,
  smallBatchBytes,
  smallBatchGatherMs,
  smallBatchHeldBlobs,
  smallBatchReturnsPassed,
} from '../../limits.ts';
import { SmallBlobs } from './small-blobs.ts';

/** A log whose syncs end when the test says so, and a loop whose turns do. */
function onHeldLog() {
  const appended: number[] = [];
  const syncs: PromiseWithResolvers<void>[] = [];
  const turns: (() => void)[] = [];
  const time = { nowMs: 0 };
  const faults: Error[] = [];
  let position = 64;
  const append = async (records: readonly RecordParts[]): Promise<RecordLocation> => {
    const fault = faults.shift();
    if (fault !== undefined) throw fault;
    appended.push(records.length);
    const at = position;
    position += records.length * recordBytes;
    return { segment: 1, position: at };
  };
  const sync = () => {
    const held = Promise.withResolvers<void>();
    syncs.push(held);
    return held.promise;
  };
  const timers = new Set<() => void>();
  const clock = {
    monotonicMs: () => time.nowMs,
    nextTurn: (callback) => void turns.push(callback),
    setTimer: (_, callback) => {
      timers.add(callback);
      return { cancel: () => void timers.delete(callback) };
    },
  } as Clock;
  const held: number[] = [];
  const hold = (segment: number) => {
    held.push(segment);
    return () => void held.splice(held.indexOf(segment), 1);
  };
  const unsettled = new Set<string>();
  const blobs = new SmallBlobs({
    ...{ log: { append, sync } as unknown as SegmentLog, clock, hold },
    isUnsettled: (blob) => unsettled.has(blob),
  });
  /** Ends the turn: callbacks that wait for the next are called, and what they resolve is done. */
  const turn = async () => {
    for (const callback of turns.splice(0)) callback();
    await settle();
  };
  const told: string[] = [];
  const releases: (() => void)[] = [];
  const write = (name: string, lengthBytes = recordBytes) =>
    blobs.add({
      ...{ blob: name, record: [Buffer.from(name)], lengthBytes },
      written: ({ position: at }, release) => {
        told.push(`${name} at ${at}`);
        releases.push(release);
      },
      stored: () => void told.push(`${name} durable`),
      failed: (error) => void told.push(`${name} ${(error as Error).message}`),
    });
  return { appended, syncs, turn, time, faults, told, write, held, releases, blobs, unsettled, timers };
}

const recordBytes = 100;

async function settle(): Promise<void> {
  for (let step = 0; step < 20; step += 1) await Promise.resolve();
}

test('blobs of one turn share one append and one sync, and are told of in the order of the log', async () => {
  const { appended, syncs, turn, told, write } = onHeldLog();
  write('a');
  write('b');
  await turn();
  assert.equal(syncs.length, 0, 'the turn brought them, so the next may bring more');
  await turn();
  assert.deepEqual(appended, [2]);
  assert.deepEqual(told, ['a at 64', 'b at 164']);
  syncs[0]!.resolve();
  await settle();
  assert.deepEqual(told.slice(2), ['a durable', 'b durable']);
});

test('one that is alone waits for one turn, and nobody for longer than the bound', async () => {
  const { appended, syncs, turn, time, write } = onHeldLog();
  write('alone');
  await turn();
  assert.deepEqual(appended, [1]);
  syncs[0]!.resolve();
  await settle();
  write('one of many');
  for (let count = 0; count < 5; count += 1) {
    write('another');
    time.nowMs += smallBatchGatherMs / 4;
    await turn();
  }
  assert.deepEqual(appended, [1, 5]);
});

test('what comes while a batch is under way is the next one, without waiting for a turn', async () => {
  const { appended, syncs, turn, told, write } = onHeldLog();
  write('a');
  await turn();
  write('b');
  write('c');
  await turn();
  assert.deepEqual(appended, [1]);
  syncs[0]!.resolve();
  await settle();
  assert.deepEqual(appended, [1, 2]);
  assert.deepEqual(told, ['a at 64', 'a durable', 'b at 164', 'c at 264']);
});

test('a batch has a bound in bytes', async () => {
  const { appended, syncs, turn, write } = onHeldLog();
  for (let count = 0; count < 5; count += 1) write(`${count}`, smallBatchBytes / 2);
  await turn();
  assert.deepEqual(appended, [2]);
  for (const expected of [
    [2, 2],
    [2, 2, 1],
  ]) {
    syncs.at(-1)!.resolve();
    await settle();
    assert.deepEqual(appended, expected);
  }
});

test('a batch has a bound in blobs', async () => {
  const { appended, syncs, turn, write } = onHeldLog();
  for (let count = 0; count < smallBatchBlobs + 1; count += 1) write(`${count}`);
  await turn();
  assert.deepEqual(appended, [smallBatchBlobs]);
  syncs[0]!.resolve();
  await settle();
  assert.deepEqual(appended, [smallBatchBlobs, 1]);
});

test('a failure is that of one batch, and the next one is written', async () => {
  const { syncs, turn, faults, told, write } = onHeldLog();
  faults.push(new Error('full'));
  write('a');
  await turn();
  assert.deepEqual(told, ['a full']);
  write('b');
  await turn();
  write('c');
  syncs[0]!.reject(new Error('not synced'));
  await settle();
  syncs[1]!.resolve();
  await settle();
  assert.deepEqual(told.slice(1), ['b at 64', 'b not synced', 'c at 164', 'c durable']);
});

test('a batch holds its segment until the last of its blobs lets go', async () => {
  const { syncs, turn, write, held, releases } = onHeldLog();
  for (const name of ['a', 'b', 'c']) write(name);
  await turn();
  await turn();
  syncs[0]!.resolve();
  await settle();
  for (const release of releases) {
    assert.deepEqual(held, [1]);
    release();
  }
  assert.deepEqual(held, []);
});

/** A large batch that is stored, and one more blob that came since. */
async function behindLargeBatch() {
  const log = onHeldLog();
  const names = Array.from({ length: smallBatchHeldBlobs }, (_, index) => `${index}`);
  for (const name of names) {
    log.unsettled.add(name);
    log.write(name);
  }
  await log.turn();
  await log.turn();
  log.syncs[0]!.resolve();
  await settle();
  log.write('next');
  await log.turn();
  return { ...log, names };
}

test('behind a large batch the next gathers until that is through the metadata store and all that it answered are back', async () => {
  const { appended, turn, names, blobs, write, timers } = await behindLargeBatch();
  assert.deepEqual(appended, [smallBatchHeldBlobs]);
  for (const name of names) blobs.settled(name);
  for (const name of names) {
    await turn();
    assert.deepEqual([appended.length, timers.size], [1, 1]);
    write(`next of ${name}`);
  }
  await turn();
  assert.deepEqual([appended, timers.size], [[smallBatchHeldBlobs, smallBatchHeldBlobs + 1], 0]);
});

test('those who were answered are waited for no longer than their bound, and for a while not when they do not come', async () => {
  const log = await behindLargeBatch();
  const { appended, syncs, turn, blobs, write, timers, unsettled } = log;
  const settleAll = (names: readonly string[]) => {
    for (const name of names) blobs.settled(name);
  };
  settleAll(log.names);
  await turn();
  for (const callback of timers) callback();
  await turn();
  assert.deepEqual(appended, [smallBatchHeldBlobs, 1]);
  const batch = async (prefix: string) => {
    const names = Array.from({ length: smallBatchHeldBlobs }, (_, index) => `${prefix} ${index}`);
    for (const name of names) {
      unsettled.add(name);
      write(name);
    }
    syncs.at(-1)!.resolve();
    await settle();
    syncs.at(-1)!.resolve();
    await settle();
    return names;
  };
  for (let count = 0; count < smallBatchReturnsPassed; count++) {
    settleAll(await batch(`${count}`));
    write('next');
    await turn();
    await turn();
    assert.deepEqual([appended.at(-1), timers.size], [1, 0], 'nobody is waited for');
  }
  settleAll(await batch('last'));
  await turn();
  assert.equal(timers.size, 1, 'they are waited for again');
});

test('it waits no longer than its bound, and not when it is full', async () => {
  const late = await behindLargeBatch();
  for (const callback of late.timers) callback();
  await late.turn();
  await late.turn();
  assert.deepEqual(late.appended, [smallBatchHeldBlobs, 1]);
  const full = await behindLargeBatch();
  full.write('large', smallBatchBytes);
  await settle();
  assert.equal(full.appended.length, 2);
});

test('behind a few, or behind what nobody works on, nothing waits', async () => {
  const few = onHeldLog();
  few.unsettled.add('a');
  few.write('a');
  await few.turn();
  few.write('b');
  few.syncs[0]!.resolve();
  await settle();
  await few.turn();
  assert.deepEqual(few.appended, [1, 1]);
  const healed = onHeldLog();
  for (let count = 0; count < smallBatchHeldBlobs; count += 1) healed.write(`${count}`);
  await healed.turn();
  await healed.turn();
  healed.write('b');
  healed.syncs[0]!.resolve();
  await settle();
  await healed.turn();
  assert.deepEqual(healed.appended, [smallBatchHeldBlobs, 1]);
});
