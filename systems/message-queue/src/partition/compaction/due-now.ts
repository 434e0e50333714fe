// Whether a partition is to be compacted now: what the plan asks for is looked up, with a read only where a bound needs it.

import type { World } from '@cairn/world';
import { type BatchHeader, decodeBatchHeader, noTimestamp } from '../../batch/batch-header.ts';
import { indexedEveryBytes } from '../../limits.ts';
import { PartitionError } from '../partition.ts';
import type { PartitionState } from '../partition-state.ts';
import { type Compactable, isDue } from './plan-compaction.ts';

export async function isDueNow(
  plan: Compactable,
  { state, world }: { readonly state: PartitionState; readonly world: World },
): Promise<boolean> {
  const { config, list } = state;
  const numbers = new Set(plan.segments.map(({ segment }) => segment));
  const horizons = list.content.entries
    .filter(({ segment }) => numbers.has(segment))
    .map(({ horizonMs }) => horizonMs ?? Number.POSITIVE_INFINITY);
  const firstDirtyMs =
    config.maxCompactionLagMs === Number.POSITIVE_INFINITY
      ? Number.POSITIVE_INFINITY
      : await firstTimestampFrom(plan, state).catch(ifDamaged);
  return isDue(plan, {
    config,
    firstDirtyMs,
    horizonMs: Math.min(...horizons, Number.POSITIVE_INFINITY),
    nowMs: world.clock.nowMs(),
  });
}

function ifDamaged(error: unknown): number {
  if (error instanceof PartitionError && error.code === 'CORRUPT_MESSAGE') return Number.NEGATIVE_INFINITY;
  throw error;
}

/** Of the first dirty batch that has one; infinite for none. What is damaged is as old as can be: the pass will meet it. */
async function firstTimestampFrom(
  { segments, dirtyFrom }: Compactable,
  { catalog }: PartitionState,
): Promise<number> {
  for (const { segment, coveredTo } of segments.filter(({ endOffset }) => endOffset > dirtyFrom)) {
    const source = catalog.sourceOf(segment);
    let position = (await catalog.indexOf(segment)).positionOfOffset(dirtyFrom);
    while (position < coveredTo) {
      const { payloads, ends } = await source.readOn(position, { lengthBytes: indexedEveryBytes });
      for (const header of payloads.map(decodeBatchHeader)) {
        const isBefore = header.baseOffset + header.lastOffsetDelta < dirtyFrom;
        if (!isBefore && header.maxTimestampMs !== noTimestamp) return firstTimestampOf(header);
      }
      position = ends.at(-1) ?? coveredTo;
    }
  }
  return Number.POSITIVE_INFINITY;
}

function firstTimestampOf(header: BatchHeader): number {
  const isOwn = !header.isLogAppendTime && !header.hasDeleteHorizon;
  return isOwn ? header.baseTimestampMs : header.maxTimestampMs;
}
