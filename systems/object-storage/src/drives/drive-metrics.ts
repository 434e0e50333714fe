// What is counted of the drives and of healing.

import type { Metrics } from '@cairn/telemetry';
import type { HealingProgress } from '../data/data-store.ts';
import type { DriveSet } from './set/drive-set.ts';

export type DriveMetrics = {
  /** A read had to do without a shard. */
  rebuilt(): void;
  healed(bytes: number): void;
};

export function driveMetrics(
  metrics: Metrics,
  { set, progress }: { readonly set: DriveSet; readonly progress: () => HealingProgress },
): DriveMetrics {
  const troubles = metrics
    .counter('cairn_object_storage_drive_failures_total', {
      help: 'Shards that reads found missing, unreadable or damaged and did without.',
    })
    .with({});
  const blobs = metrics
    .counter('cairn_object_storage_healing_blobs_total', { help: 'Blobs that were made whole again.' })
    .with({});
  const bytes = metrics
    .counter('cairn_object_storage_healing_bytes_total', { help: 'Bytes that healing wrote.' })
    .with({});
  const degraded = metrics
    .gauge('cairn_object_storage_healing_degraded_blobs', {
      help: 'Blobs that the last pass could not make whole for want of a drive.',
    })
    .with({});
  const lost = metrics
    .gauge('cairn_object_storage_healing_lost_blobs', {
      help: 'Blobs of which the last pass found fewer shards than are needed.',
    })
    .with({});
  const missing = metrics
    .gauge('cairn_object_storage_missing_drives', { help: 'Drives that cannot be used now.' })
    .with({});
  metrics.onCollect(() => {
    const { degradedBlobs, lostBlobs } = progress();
    degraded.set(degradedBlobs);
    lost.set(lostBlobs);
    missing.set(set.slots.length - set.usable.length);
  });
  return {
    rebuilt: () => troubles.add(1),
    healed: (healedBytes) => {
      blobs.add(1);
      bytes.add(healedBytes);
    },
  };
}
