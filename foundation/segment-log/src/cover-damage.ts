// Puts a record of its owner in the place of bytes that are damaged, so that readers can go on behind them. For repairs of a
// log that nothing has open: what lay there is given up for good.
//
// A crash in between leaves the place damaged, as it was; the same call may be made again.

import { crc32c } from '@cairn/hashing';
import type { World } from '@cairn/world';
import { encodeRecordHeader, recordSeed } from './format/record-header.ts';
import { recordHeaderBytes, segmentHeaderBytes, unreadableBlockBytes } from './limits.ts';
import { sequenceAt, type WalkStep, walkSegment } from './read/walk-segment.ts';
import { surveyLog } from './recovery/survey.ts';
import { SegmentLogError } from './segment-log-error.ts';

const empty = Buffer.alloc(0);

export type DamagedRange = {
  readonly segment: number;
  readonly position: number;
  readonly endPosition: number;
};

/** What a payload that covers a range has to be long; undefined when the range is too short for any. */
export function coveringPayloadBytes({ position, endPosition }: DamagedRange): number | undefined {
  const length = endPosition - position - recordHeaderBytes;
  return length > 0 ? length : undefined;
}

/**
 * Durable when it resolves. Throws SegmentLogError `not-found` unless the walk of the segment finds exactly this range to be
 * damaged, or to be the end of the log that the disk cannot read; `damaged` when the segment's own header is.
 */
export async function coverDamage(
  world: World,
  directory: string,
  { payload, ...range }: DamagedRange & { readonly payload: Uint8Array },
): Promise<void> {
  const { segment, position } = range;
  const attempt = 'cover damage in';
  const survey = await surveyLog(world.disk, directory);
  const index = survey.segments.findIndex((one) => one.segment === segment);
  const surveyed = survey.segments[index];
  if (surveyed === undefined || payload.length !== coveringPayloadBytes(range))
    throw new SegmentLogError('not-found', { attempt, segment, position });
  if (survey.logId === undefined || surveyed.header === undefined)
    throw new SegmentLogError('damaged', { attempt, segment, position: 0 });
  const { firstSequence } = surveyed.header;
  const seed = recordSeed(survey.logId, segment);
  const isSealed = index < survey.segments.length - 1;
  const file = await world.disk.open(surveyed.path, 'write');
  try {
    const steps = walkSegment({
      ...{ file, segment, seed, firstSequence, from: segmentHeaderBytes, end: surveyed.endPosition },
      syncedTo: isSealed ? Number.POSITIVE_INFINITY : segmentHeaderBytes,
      skipsUnreadable: true,
    });
    let durable: number | undefined;
    for await (const step of steps) durable ??= durableBefore(step, { range, end: surveyed.endPosition });
    if (durable === undefined) throw new SegmentLogError('not-found', { attempt, segment, position });
    const header = Buffer.alloc(recordHeaderBytes);
    encodeRecordHeader(
      header,
      {
        ...{ kind: 'data', payloadLength: payload.length, payloadChecksum: crc32c(payload) },
        ...{ sequence: sequenceAt(firstSequence, position), durable },
      },
      { seed, position },
    );
    // Where the disk cannot read the last page of a file, only a write of all of it succeeds.
    const isLast = range.endPosition === surveyed.sizeBytes;
    const pad = isLast
      ? Buffer.alloc(unreadableBlockBytes - (range.endPosition % unreadableBlockBytes))
      : empty;
    await file.write([header, payload, pad], position);
    if (isLast) await file.truncate(range.endPosition);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Where the walk finds this range: up to where all was synced for certain. */
function durableBefore(
  step: WalkStep,
  { range, end }: { readonly range: DamagedRange; readonly end: number },
): number | undefined {
  if (step.kind !== 'damage' && step.kind !== 'doubt') return undefined;
  const endPosition = step.kind === 'damage' ? step.endPosition : end;
  if (step.position !== range.position || endPosition !== range.endPosition) return undefined;
  // What lies before damage was synced once: else it would be a torn end. Before an end that cannot be read nothing may have been.
  return step.kind === 'damage' ? step.position : segmentHeaderBytes;
}
