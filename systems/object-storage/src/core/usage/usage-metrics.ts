// Gauges of how much each bucket holds, as of the last scan.

import type { Metrics } from '@cairn/telemetry';
import type { BucketUsage } from '../object-storage.ts';

export type UsageMetrics = { measured(buckets: readonly BucketUsage[], asOfMs: number): void };

export function usageMetrics(metrics: Metrics): UsageMetrics {
  const labels = ['bucket'] as const;
  const bytes = metrics.gauge('cairn_object_storage_bucket_usage_bytes', {
    help: 'Bytes of objects, noncurrent versions and unfinished uploads of a bucket, as of the last scan.',
    labels,
  });
  const objects = metrics.gauge('cairn_object_storage_bucket_usage_objects', {
    help: 'Objects and noncurrent versions of a bucket, as of the last scan.',
    labels,
  });
  const asOf = metrics
    .gauge('cairn_object_storage_usage_scan_seconds', {
      help: 'When the last scan of usage began, in seconds since the epoch.',
    })
    .with({});
  let shown: ReadonlySet<string> = new Set();
  return {
    measured(buckets, asOfMs) {
      const names = new Set(buckets.map(({ bucket }) => bucket));
      for (const bucket of shown.difference(names)) {
        bytes.with({ bucket }).set(0);
        objects.with({ bucket }).set(0);
      }
      for (const { bucket, ...usage } of buckets) {
        bytes.with({ bucket }).set(usage.bytes + usage.noncurrentBytes + usage.uploadBytes);
        objects.with({ bucket }).set(usage.objects + usage.noncurrentVersions);
      }
      shown = names;
      asOf.set(asOfMs / 1_000);
    },
  };
}
