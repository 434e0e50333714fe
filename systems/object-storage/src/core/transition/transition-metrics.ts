// What the workers of places count.

import type { Metrics } from '@cairn/telemetry';
import type { StorageClass } from '../object-storage.ts';

export type TransitionMetrics = {
  moved(storageClass: StorageClass, bytes: number): void;
  restored(storageClass: StorageClass, bytes: number): void;
  removed(storageClass: StorageClass, blobs: number): void;
  failed(storageClass: StorageClass): void;
};

export function transitionMetrics(metrics: Metrics): TransitionMetrics {
  const labels = ['storage_class'] as const;
  const moved = metrics.counter('cairn_object_storage_class_moved_objects_total', {
    help: 'Versions whose bytes were moved to the place of a storage class.',
    labels,
  });
  const movedBytes = metrics.counter('cairn_object_storage_class_moved_bytes_total', {
    help: 'Bytes that were moved to the place of a storage class.',
    labels,
  });
  const restored = metrics.counter('cairn_object_storage_class_restored_objects_total', {
    help: 'Copies that were made of archived objects.',
    labels,
  });
  const restoredBytes = metrics.counter('cairn_object_storage_class_restored_bytes_total', {
    help: 'Bytes of copies that were made of archived objects.',
    labels,
  });
  const removed = metrics.counter('cairn_object_storage_class_removed_blobs_total', {
    help: 'Blobs that were removed from the place of a storage class.',
    labels,
  });
  const failed = metrics.counter('cairn_object_storage_class_failures_total', {
    help: 'Moves, restores and removals that failed and are tried again.',
    labels,
  });
  return {
    moved(storage_class, bytes) {
      moved.with({ storage_class }).add(1);
      movedBytes.with({ storage_class }).add(bytes);
    },
    restored(storage_class, bytes) {
      restored.with({ storage_class }).add(1);
      restoredBytes.with({ storage_class }).add(bytes);
    },
    removed: (storage_class, blobs) => removed.with({ storage_class }).add(blobs),
    failed: (storage_class) => failed.with({ storage_class }).add(1),
  };
}
