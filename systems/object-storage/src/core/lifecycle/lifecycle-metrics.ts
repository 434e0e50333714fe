// What the lifecycle worker counts.

import type { Metrics } from '@cairn/telemetry';
import type { LifecycleCounts } from '../../metadata/lifecycle/passes.ts';

export type LifecycleMetrics = {
  scanned(rows: number): void;
  /** What a bucket's counts were before a batch, and are after it. */
  acted(before: LifecycleCounts, after: LifecycleCounts): void;
  passEnded(nowMs: number): void;
};

const actions = {
  expiredObjects: 'expire-object',
  expiredVersions: 'expire-version',
  removedMarkers: 'remove-marker',
  abortedUploads: 'abort-upload',
  transitions: 'transition',
  skipped: 'skip',
} as const satisfies Record<keyof LifecycleCounts, string>;

export function lifecycleMetrics(metrics: Metrics): LifecycleMetrics {
  const acted = metrics.counter('cairn_object_storage_lifecycle_actions_total', {
    help: 'What lifecycle rules did, and what they left alone when it came to it.',
    labels: ['action'],
  });
  const scanned = metrics
    .counter('cairn_object_storage_lifecycle_scanned_rows_total', {
      help: 'Objects, versions and uploads that lifecycle passes looked at.',
    })
    .with({});
  const ended = metrics
    .gauge('cairn_object_storage_lifecycle_pass_ended_seconds', {
      help: 'When the last lifecycle pass through a bucket ended, in seconds since the epoch.',
    })
    .with({});
  return {
    passEnded: (nowMs) => ended.set(nowMs / 1_000),
    scanned: (rows) => scanned.add(rows),
    acted(before, after) {
      for (const [name, action] of Object.entries(actions) as [keyof LifecycleCounts, string][]) {
        const more = after[name] - before[name];
        if (more > 0) acted.with({ action }).add(more);
      }
    },
  };
}
