// What the data store counts.

import type { Metrics } from '@cairn/telemetry';

/** Counted here and where rows of the metadata store are read. */
export const damagedReadsMetric = 'cairn_object_storage_damaged_reads_total';
export const damagedReadsHelp = 'Reads that met damaged data and were refused.';

export type DataMetrics = {
  damagedRead(): void;
  copied(bytes: number): void;
  freed(bytes: number): void;
  scrubbed(bytes: number): void;
};

export function dataMetrics(
  metrics: Metrics,
  { damagedBlobs }: { readonly damagedBlobs: () => number },
): DataMetrics {
  const damagedReads = metrics.counter(damagedReadsMetric, { help: damagedReadsHelp }).with({});
  const copied = metrics
    .counter('cairn_object_storage_compacted_bytes_total', {
      help: 'Bytes of living blobs that compaction copied out of segments.',
    })
    .with({});
  const freed = metrics
    .counter('cairn_object_storage_freed_bytes_total', {
      help: 'Bytes of segments that were removed.',
    })
    .with({});
  const scrubbed = metrics
    .counter('cairn_object_storage_scrubbed_bytes_total', {
      help: 'Bytes of blobs that the scrubber read and verified.',
    })
    .with({});
  const damaged = metrics
    .gauge('cairn_object_storage_damaged_blobs', {
      help: 'Blobs that were found damaged and are still there.',
    })
    .with({});
  metrics.onCollect(() => damaged.set(damagedBlobs()));
  return {
    damagedRead: () => damagedReads.add(1),
    copied: (bytes) => copied.add(bytes),
    freed: (bytes) => freed.add(bytes),
    scrubbed: (bytes) => scrubbed.add(bytes),
  };
}
