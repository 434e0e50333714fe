// Puts a record of its owner in the place of bytes that are damaged, so that readers can go on behind them. For repairs of a
// log that nothing has open: what lay there is given up for good.
//
// A crash in between leaves the place damaged, as it was; the same call may be made again.

import { crc32c } from '@cairn/hashing';
import type { World } from '@cairn/world';
import { encodeRecordHeader, recordSeed } from './format/record-header.ts';
import { recordHeaderBytes, segmentHeaderBytes } from './limits.ts';
import { sequenceAt, walkSegment } from './read/walk-segment.ts';
import { surveyLog } from './recovery/survey.ts';
import { SegmentLogError } from './segment-log-error.ts';

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
 * damaged, `damaged` when the segment's own header is.
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
    let isDamaged = false;
    for await (const step of steps)
      isDamaged ||=
        step.kind === 'damage' && step.position === position && step.endPosition === range.endPosition;
    if (!isDamaged) throw new SegmentLogError('not-found', { attempt, segment, position });
    const header = Buffer.alloc(recordHeaderBytes);
    encodeRecordHeader(
      header,
      {
        ...{ kind: 'data', payloadLength: payload.length, payloadChecksum: crc32c(payload) },
        // What lies before was synced once: else this would be a torn end, and no damage.
        ...{ sequence: sequenceAt(firstSequence, position), durable: position },
      },
      { seed, position },
    );
    await file.write([header, payload], position);
    await file.sync();
  } finally {
    await file.close();
  }
}
