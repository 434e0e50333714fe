// Where the last segment's records end, after a clean close or a crash. Reads only.

import type { DiskFile } from '@cairn/world';
import { decodeRecordHeader, recordBytes, recordSeed } from '../format/record-header.ts';
import { recordHeaderBytes, segmentHeaderBytes } from '../limits.ts';
import { PieceReader } from '../read/piece-reader.ts';
import { readPersistently } from '../read/read-persistently.ts';
import { nextSoundHeader, type WalkStep, walkSegment } from '../read/walk-segment.ts';
import type { SurveyedSegment } from './survey.ts';

export type FoundEnd = {
  /** Behind the last sound record that is to be kept; a mark is not counted. */
  readonly position: number;
  /** Where the file stays as it is up to: behind `position` there may be a mark that the disk cannot read. */
  readonly keptTo: number;
  /** Up to here all is known to be on the disk. */
  readonly provenTo: number;
  /** From the segment's header or, when that is damaged, from a record; undefined when there is neither. */
  readonly firstSequence: number | undefined;
  /** Damage lies before the end. */
  readonly damaged: boolean;
  /** A mark stands at the end: the log was closed cleanly. */
  readonly marked: boolean;
};

export type FindEndOptions = {
  readonly logId: Buffer;
  readonly last: SurveyedSegment;
  /** Where a record begins that has only durable ones before it. */
  readonly from: number;
};

/** Throws DiskError, also where the end lies in what the disk cannot read; SegmentLogError `newer-format`. */
export async function findEnd(file: DiskFile, options: FindEndOptions): Promise<FoundEnd> {
  return (await markedEnd(file, options)) ?? (await walkedEnd(file, options));
}

/** After a clean close the last 32 bytes are a mark, and nothing has to be walked. */
async function markedEnd(
  file: DiskFile,
  { logId, last, from }: FindEndOptions,
): Promise<FoundEnd | undefined> {
  const position = last.sizeBytes - recordHeaderBytes;
  // What lies before `from` are the owner's records: no mark, and not to be read.
  if (position < from) return undefined;
  const bytes = Buffer.alloc(recordHeaderBytes);
  const bytesRead = await readPersistently(file, bytes, position);
  if (typeof bytesRead !== 'number') return undefined;
  const place = { seed: recordSeed(logId, last.segment), position };
  const decoded = decodeRecordHeader(bytes.subarray(0, bytesRead), place);
  if (decoded.kind !== 'sound' || decoded.header.kind !== 'mark') return undefined;
  const firstSequence = decoded.header.sequence - position + segmentHeaderBytes;
  return { position, keptTo: position, provenTo: position, firstSequence, damaged: false, marked: true };
}

async function walkedEnd(file: DiskFile, { logId, last, from }: FindEndOptions): Promise<FoundEnd> {
  let position = Math.min(from, last.sizeBytes);
  let provenTo = position;
  let firstSequence = last.header?.firstSequence;
  let damaged = false;
  let keptTo = position;
  const steps = walkSegment({
    file,
    segment: last.segment,
    seed: recordSeed(logId, last.segment),
    firstSequence,
    from,
    end: last.sizeBytes,
    syncedTo: segmentHeaderBytes,
    skipsUnreadable: true,
  });
  for await (const step of steps) {
    if (step.kind === 'torn') break;
    if (step.kind === 'doubt') {
      keptTo = keptUnread(step, last);
      break;
    }
    if (step.kind === 'damage') {
      damaged = true;
      // Damage lies before what was synced; and what cannot be read cannot be written again.
      provenTo = Math.max(provenTo, step.endPosition);
      position = step.endPosition;
      continue;
    }
    firstSequence ??= step.header.sequence - step.position + segmentHeaderBytes;
    provenTo = Math.max(provenTo, step.header.durable);
    position = step.position + recordBytes(step.header);
  }
  firstSequence ??= await sequenceByRecord(file, { logId, last });
  keptTo = Math.max(keptTo, position);
  return { position, keptTo, provenTo, firstSequence, damaged, marked: false };
}

/**
 * Where the file is left to end when nobody can tell what its last bytes are. Acknowledged records may lie there, neither to be
 * cut nor written over, so the DiskError is thrown; but not when there is room for the mark of a closed log alone: nothing of an
 * owner is missing then but a record without a payload, and who lost one is told of the damage all the same.
 */
function keptUnread(
  { position, cause }: WalkStep & { kind: 'doubt' },
  { sizeBytes }: SurveyedSegment,
): number {
  if (sizeBytes - position > recordHeaderBytes) throw cause;
  return sizeBytes;
}

/**
 * What any sound record says of the first sequence number. Where none does, a header that the disk may give back later must
 * not find a successor that puts the segment's end elsewhere: then its DiskError is thrown.
 */
async function sequenceByRecord(
  file: DiskFile,
  { logId, last }: Pick<FindEndOptions, 'logId' | 'last'>,
): Promise<number | undefined> {
  const pieces = new PieceReader(file, last.sizeBytes, { skipsUnreadable: true });
  const { segment, sizeBytes, unreadable } = last;
  const place = { segment, seed: recordSeed(logId, segment) };
  const found = await nextSoundHeader(pieces, segmentHeaderBytes, place);
  if (found !== undefined) return found.header.sequence - found.position + segmentHeaderBytes;
  if (unreadable !== undefined && sizeBytes > segmentHeaderBytes) throw unreadable;
  return undefined;
}
