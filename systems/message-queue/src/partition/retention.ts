// What retention takes of a partition: whole sealed segments, from the oldest on.

import type { Offset } from './partition.ts';
import type { PartitionConfig } from './partition-config.ts';
import type { SegmentSummary } from './segment-index.ts';

export type Retained = {
  /** Oldest first. */
  readonly summaries: readonly SegmentSummary[];
  /** The segment that is written. */
  readonly current: number;
  readonly startOffset: Offset;
  readonly lastStableOffset: Offset;
  /** Of both tiers. */
  readonly sizeBytes: number;
  readonly config: PartitionConfig;
  readonly nowMs: number;
};

/** The first offset that is kept. */
export function retainedFrom(partition: Retained): Offset {
  const { config, current, lastStableOffset, nowMs } = partition;
  let { sizeBytes, startOffset: from } = partition;
  if (!config.isDeleted) return from;
  for (const summary of partition.summaries) {
    const { segment, maxTimestampMs, endOffset, coveredTo } = summary;
    // What no reader may see yet is not removed either.
    if (segment === current || endOffset > lastStableOffset) break;
    const isTooMuch = sizeBytes - coveredTo >= config.retentionBytes;
    const isGone = isTooMuch || isExpired(summary, { config, nowMs });
    // One without timestamps goes with a later one.
    if (!isGone && maxTimestampMs >= 0) break;
    sizeBytes -= coveredTo;
    if (isGone) from = endOffset;
  }
  return from;
}

export function isExpired(
  { maxTimestampMs }: SegmentSummary,
  { config, nowMs }: { readonly config: PartitionConfig; readonly nowMs: number },
): boolean {
  return maxTimestampMs >= 0 && nowMs - maxTimestampMs > config.retentionMs;
}
