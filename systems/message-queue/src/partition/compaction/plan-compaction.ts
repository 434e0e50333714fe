// Whether a partition is to be compacted, and what of it: decided as Kafka's cleaner decides.
//
// What may be compacted lies in sealed segments, whole below the last stable offset, without a record that is younger than
// `min.compaction.lag.ms`: the first segment that is not so ends it. It is due when its dirty part (not looked at yet) is at
// least `min.cleanable.dirty.ratio` of it, when the dirty part is older than `max.compaction.lag.ms`, or when tombstones or
// markers may go.

import type { Offset } from '../partition.ts';
import type { PartitionConfig } from '../partition-config.ts';
import type { SegmentSummary } from '../segment-index.ts';

export type Compactable = {
  /** Oldest first. */
  readonly segments: readonly SegmentSummary[];
  /** Where the dirty part begins and ends. */
  readonly dirtyFrom: Offset;
  readonly dirtyTo: Offset;
  /** The part of the bytes that is dirty, 0 to 1. */
  readonly dirtyRatio: number;
};

export function compactable(partition: {
  readonly summaries: readonly SegmentSummary[];
  /** The segment that is written. */
  readonly current: number;
  readonly startOffset: Offset;
  readonly lastStableOffset: Offset;
  readonly cleanedTo: Offset;
  readonly config: Pick<PartitionConfig, 'minCompactionLagMs'>;
  readonly nowMs: number;
}): Compactable {
  const { summaries, current, startOffset, lastStableOffset, config, nowMs } = partition;
  const isOpen = ({ segment, endOffset, maxTimestampMs }: SegmentSummary) =>
    segment >= current ||
    endOffset > lastStableOffset ||
    (config.minCompactionLagMs > 0 && maxTimestampMs > nowMs - config.minCompactionLagMs);
  const end = summaries.findIndex(isOpen);
  const segments = summaries
    .slice(0, end === -1 ? summaries.length : end)
    .filter(({ endOffset }) => endOffset > startOffset);
  const dirtyTo = segments.at(-1)?.endOffset ?? 0;
  const dirtyFrom = Math.min(Math.max(partition.cleanedTo, startOffset), dirtyTo);
  const bytes = sizeOf(segments);
  const dirtyBytes = sizeOf(segments.filter(({ endOffset }) => endOffset > dirtyFrom));
  return { segments, dirtyFrom, dirtyTo, dirtyRatio: bytes === 0 ? 0 : dirtyBytes / bytes };
}

/** `firstDirtyMs` is the timestamp of the first dirty record, `horizonMs` the first horizon of what was compacted. */
export function isDue(
  { dirtyFrom, dirtyTo, dirtyRatio }: Compactable,
  options: {
    readonly config: Pick<PartitionConfig, 'minCleanableDirtyRatio' | 'maxCompactionLagMs'>;
    readonly firstDirtyMs: number;
    readonly horizonMs: number;
    readonly nowMs: number;
  },
): boolean {
  const { config, firstDirtyMs, horizonMs, nowMs } = options;
  if (dirtyTo > 0 && horizonMs <= nowMs) return true;
  if (dirtyFrom >= dirtyTo) return false;
  return dirtyRatio >= config.minCleanableDirtyRatio || nowMs - firstDirtyMs > config.maxCompactionLagMs;
}

/** Segments that become one, side by side, up to `bytesMax`. */
export function grouped(
  segments: readonly SegmentSummary[],
  bytesMax: number,
): readonly (readonly SegmentSummary[])[] {
  const groups: SegmentSummary[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const summary of segments) {
    bytes += summary.coveredTo;
    if (bytes <= bytesMax) {
      groups.at(-1)!.push(summary);
    } else {
      groups.push([summary]);
      bytes = summary.coveredTo;
    }
  }
  return groups;
}

function sizeOf(segments: readonly SegmentSummary[]): number {
  return segments.reduce((sum, { coveredTo }) => sum + coveredTo, 0);
}
