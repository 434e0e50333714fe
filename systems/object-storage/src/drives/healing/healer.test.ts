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
    ...{ asked: [], kept: undefined },
    newHealer: () =>
      new Healer({
        ...{ set, ids: new BlobIds(world), guard: new CopyGuard(), clock: world.clock },
        readers: new DriveReaders({ set, onTrouble: () => {} }),
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
    return [];
  };
  const store = { damagedBlobs: 0, listBlobs };
  const usable = [{ slot: { missed: false }, store }];
  const attempt = (_drive: unknown, call: (asked: typeof store) => unknown) => call(store);
  const set = { usable, slots: [], isWhole: true, attempt } as unknown as DriveSet;
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
