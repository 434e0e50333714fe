// How much there is on the drives, and in which state they are.

import type {
  DataStoreStats,
  DriveStats,
  DriveStore,
  DrivesStats,
  HealingProgress,
} from '../data/data-store.ts';
import { type Redundancy, shardCount } from './layout/redundancy.ts';
import type { DriveSet } from './set/drive-set.ts';
import type { Slot } from './set/slot.ts';

/** A scrub is as far as the drive that is least far. */
export function sumOf(drives: readonly DataStoreStats[]): DataStoreStats {
  const sum = (of: (stats: DataStoreStats) => number) =>
    drives.reduce((total, stats) => total + of(stats), 0);
  const least = (of: (stats: DataStoreStats) => number) =>
    drives.length === 0 ? 0 : Math.min(...drives.map(of));
  return {
    blobs: sum(({ blobs }) => blobs),
    segments: sum(({ segments }) => segments),
    segmentBytes: sum(({ segmentBytes }) => segmentBytes),
    liveBytes: sum(({ liveBytes }) => liveBytes),
    deadBytes: sum(({ deadBytes }) => deadBytes),
    freedBytes: sum(({ freedBytes }) => freedBytes),
    damagedBlobs: sum(({ damagedBlobs }) => damagedBlobs),
    scrub: {
      startedMs: least(({ scrub }) => scrub.startedMs),
      readBlobs: sum(({ scrub }) => scrub.readBlobs),
      readBytes: sum(({ scrub }) => scrub.readBytes),
      finishedMs: least(({ scrub }) => scrub.finishedMs),
    },
  };
}

export function drivesStats(
  set: DriveSet,
  options: {
    readonly redundancy: Redundancy;
    readonly found: ReadonlyMap<DriveStore, DataStoreStats>;
    readonly healing: HealingProgress;
  },
): DrivesStats {
  return {
    redundancy: redundancyText(options.redundancy),
    drives: set.slots.map((slot) => driveStats(slot, options.found)),
    healing: options.healing,
  };
}

function driveStats(slot: Slot, found: ReadonlyMap<DriveStore, DataStoreStats>): DriveStats {
  const stats = slot.store === undefined ? undefined : found.get(slot.store);
  return {
    folder: slot.folder,
    state: slot.store === undefined ? 'missing' : slot.missed ? 'returned' : 'ok',
    reason: slot.reason,
    freeBytes: slot.freeBytes,
    blobs: stats?.blobs ?? 0,
    damagedBlobs: stats?.damagedBlobs ?? 0,
  };
}

function redundancyText({ large }: Redundancy): string {
  if (large.dataShards > 1) return `${large.dataShards}+${large.parityShards}`;
  return large.parityShards === 0 ? 'none' : `mirror:${shardCount(large)}`;
}
