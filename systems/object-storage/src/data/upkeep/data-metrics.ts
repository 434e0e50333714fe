// What the data store counts.

import type { Counter, Metrics } from '@cairn/telemetry';
import type { BlobCache } from '../reading/blob-cache.ts';

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
  { damagedBlobs, small }: { readonly damagedBlobs: () => number; readonly small: BlobCache },
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
  smallBlobMetrics(metrics, small);
  return {
    damagedRead: () => damagedReads.add(1),
    copied: (bytes) => copied.add(bytes),
    freed: (bytes) => freed.add(bytes),
    scrubbed: (bytes) => scrubbed.add(bytes),
  };
}

function smallBlobMetrics(metrics: Metrics, small: BlobCache): void {
  const hits = metrics
    .counter('cairn_object_storage_small_blob_hits_total', {
      help: 'Reads of small blobs that memory answered.',
    })
    .with({});
  const misses = metrics
    .counter('cairn_object_storage_small_blob_misses_total', {
      help: 'Reads of small blobs that the disk was asked for.',
    })
    .with({});
  const bytes = metrics
    .gauge('cairn_object_storage_small_blob_bytes', {
      help: 'Memory in which small blobs are kept.',
    })
    .with({});
  // Every read would pay for a count; a look at the numbers costs none.
  const countHits = counting(hits, () => small.hits);
  const countMisses = counting(misses, () => small.misses);
  metrics.onCollect(() => {
    countHits();
    countMisses();
    bytes.set(small.bytes);
  });
}

/** Adds what came to a number since the last call. */
function counting(counter: Counter, current: () => number): () => void {
  let counted = 0;
  return () => {
    const now = current();
    counter.add(now - counted);
    counted = now;
  };
}
