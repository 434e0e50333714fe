import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentTelemetry } from '@cairn/telemetry';
import { type SimulatedMachine, Simulation } from '@cairn/world/simulated';
import { CopyGuard } from '../../data/upkeep/copy-guard.ts';
import { BlobIds } from '../../data/writing/blob-ids.ts';
import { DriveReaders } from '../reading/drive-readers.ts';
import type { DriveSet } from '../set/drive-set.ts';
import { Healer, type PassState } from './healer.ts';

const yearMs = 365 * 86_400_000;
const settleMs = 60_000;

type Drives = {
  /** Waited for before a page is given. */
  beforePage: Promise<void>;
  /** Whether the drive may hold what is to be removed. */
  missed: boolean;
  /** Where pages began. */
  readonly asked: string[];
  kept: PassState | undefined;
  newHealer(): Healer;
};

/** A healer above one drive that holds nothing. */
async function healing(work: (drives: Drives, machine: SimulatedMachine) => Promise<void>): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  const machine = simulation.machine('storage');
  await simulation.run(() => work(drivesOf(machine), machine));
}

function drivesOf({ world }: SimulatedMachine): Drives {
  const drives: Drives = {
    ...{ beforePage: Promise.resolve(), missed: false, asked: [], kept: undefined },
    newHealer: () =>
      new Healer({
        ...{ set, ids: new BlobIds(world), guard: new CopyGuard(), clock: world.clock },
        readers: new DriveReaders({ set, clock: world.clock, onTrouble: () => {} }),
        ...{ log: silentTelemetry().log, bytesPerSecond: 1_000_000, isBusy: () => false },
        ...{ left: drives.kept, onUnread: () => {}, onHealed: () => {} },
        keep: async (state) => {
          await world.clock.sleep(1);
          drives.kept = state;
        },
      }),
  };
  const listBlobs = async ({ after }: { after: string }): Promise<readonly string[]> => {
    drives.asked.push(after);
    await drives.beforePage;
    return [];
  };
  const store = { damagedBlobs: 0, listBlobs };
  const slot = {
    get missed() {
      return drives.missed;
    },
  };
  const attempt = (_drive: unknown, call: (asked: typeof store) => unknown) => call(store);
  const set = { usable: [{ slot, store }], slots: [], isWhole: true, attempt } as unknown as DriveSet;
  return drives;
}

test('a clock that was ahead for a while does not keep the daily pass away until then', () =>
  healing(async (drives, machine) => {
    const { clock } = machine.world;
    machine.clockJump(yearMs);
    const healer = drives.newHealer();
    healer.start();
    await clock.sleep(settleMs);
    assert.equal(healer.progress.running, false);
    machine.clockJump(-yearMs);
    await clock.sleep(settleMs);
    assert(healer.progress.startedMs <= clock.nowMs());
    assert.deepEqual(drives.asked, ['', '']);
    await healer.stop();
  }));

const underWay: PassState = {
  ...{ startedMs: 2, finishedMs: 1, after: 'm', scannedBlobs: 7 },
  ...{ healedBlobs: 0, healedBytes: 0, degradedBlobs: 0, lostBlobs: 0 },
};

test('a restart after a drive joined does not take up the place of the pass before, though no new one has begun', () =>
  healing(async (drives, { world: { clock } }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.assign(drives, { kept: underWay, beforePage: promise });
    const killed = drives.newHealer();
    killed.start();
    await clock.sleep(settleMs);
    assert.deepEqual(drives.asked.splice(0), ['m'], 'it goes on where it was');
    await killed.passIsDue();
    await clock.sleep(settleMs);
    // It never comes to an end by itself, as when it is killed.
    const next = drives.newHealer();
    next.start();
    await clock.sleep(settleMs);
    assert.deepEqual(drives.asked, ['']);
    resolve();
    await Promise.all([killed.stop(), next.stop()]);
  }));

test('a place that was not taken up is not taken up by a later start either', () =>
  healing(async (drives, { world: { clock } }) => {
    drives.missed = true;
    const first = drives.newHealer();
    drives.kept = underWay;
    first.start();
    await clock.sleep(settleMs);
    await first.stop();
    drives.missed = false;
    const second = drives.newHealer();
    second.start();
    await clock.sleep(settleMs);
    assert.deepEqual(drives.asked, ['']);
    await second.stop();
  }));

test('a pass that has begun anew is gone on with by the next start', () =>
  healing(async (drives, { world: { clock } }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    drives.beforePage = promise;
    const healer = drives.newHealer();
    healer.start();
    await clock.sleep(settleMs);
    const { startedMs } = healer.progress;
    assert.deepEqual([drives.kept?.startedMs, drives.kept?.after], [startedMs, '']);
    resolve();
    await healer.stop();
  }));
