// What repair from replicas counts. There is nothing of it before damage was met.

import type { Metrics } from '@cairn/telemetry';

export type RepairMetrics = { repaired(bytes: number): void; failed(): void };

export function repairMetrics(metrics: Metrics, { unrepaired }: { unrepaired: () => number }): RepairMetrics {
  const blobs = metrics.counter('cairn_object_storage_repaired_blobs_total', {
    help: 'Damaged blobs that were repaired from a replica of an object.',
  });
  const bytes = metrics.counter('cairn_object_storage_repaired_bytes_total', {
    help: 'Their bytes.',
  });
  const failures = metrics.counter('cairn_object_storage_repair_failures_total', {
    help: 'Tries to repair a damaged blob from a replica that failed.',
  });
  const left = metrics.gauge('cairn_object_storage_unrepaired_blobs', {
    help: 'Damaged blobs that could not be repaired from a replica.',
  });
  metrics.onCollect(() => left.with({}).set(unrepaired()));
  return {
    repaired(count) {
      blobs.with({}).add(1);
      bytes.with({}).add(count);
    },
    failed: () => failures.with({}).add(1),
  };
}
