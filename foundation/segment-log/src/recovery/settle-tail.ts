// Settles the end of the last segment after a crash: finds it, cuts what is torn, makes the rest durable.
//
// Order matters twice. What is read, names included, may lie in memory only (after kill -9), even in memory that a failed
// sync has marked clean though the disk never had it: so the folder is synced, and the bytes that nothing proves to be
// on the disk are written again and synced, before the owner is told of them. And when there is damage before the cut, the record that proves it was synced may
// lie behind the cut: so the segment is sealed first, by making its successor, which proves the same.

import type { Disk, DiskFile } from '@cairn/world';
import { pieceBytes, segmentHeaderBytes } from '../limits.ts';
import { sequenceAt } from '../read/walk-segment.ts';
import type { RecordLocation } from '../segment-log.ts';
import { createSegment } from '../write/create-segment.ts';
import type { OpenTail } from '../write/segment-writer.ts';
import { type FoundEnd, findEnd } from './find-end.ts';
import type { SurveyedSegment } from './survey.ts';

export type SettleOptions = {
  readonly disk: Disk;
  readonly directory: string;
  readonly logId: Buffer;
  readonly last: SurveyedSegment;
  readonly recoverFrom: RecordLocation | undefined;
  /** The sequence number to go on with when the last segment cannot tell. */
  readonly sequenceMin: number;
};

export type SettledTail = {
  /** The segment to go on writing: the last one, or its successor. */
  readonly tail: OpenTail;
  /** Where the last segment was found to end. */
  readonly end: RecordLocation;
};

/** Idempotent: after a crash anywhere in it, the next call comes to the same result. */
export async function settleTail(options: SettleOptions): Promise<SettledTail> {
  const { disk, directory, last, logId } = options;
  const file = await disk.open(last.path, 'write');
  try {
    const found = await findEnd(file, { logId, last, from: startOf(options) });
    if (!found.marked) {
      // A process that was killed before this sync may have left a name that a power loss would take back.
      await disk.syncDirectory(directory);
      await makeDurable(file, { from: found.provenTo, to: found.position });
    }
    const end = { segment: last.segment, position: found.keptTo };
    const torn = !found.marked && last.sizeBytes > found.keptTo;
    const isUnread = found.keptTo > found.position;
    const toSeal =
      last.header === undefined ||
      isBehind(end, options.recoverFrom) ||
      (found.damaged && torn) ||
      // Nothing is written over it, and a cut would have to read its block.
      isUnread;
    const successor = toSeal ? await createSuccessor(options, found) : undefined;
    if (torn) await cut(file, found.keptTo);
    if (successor === undefined) return { tail: tailOf(file, options, found), end };
    await file.close();
    return { tail: successor, end };
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
}

/** Whether the owner knows records behind `end`: the log lost them, and must not put others in their place. */
export function isBehind(end: RecordLocation, recoverFrom: RecordLocation | undefined): boolean {
  if (recoverFrom === undefined) return false;
  if (recoverFrom.segment === end.segment) return recoverFrom.position > end.position;
  return recoverFrom.segment > end.segment;
}

function startOf({ last, recoverFrom }: SettleOptions): number {
  const inside = recoverFrom?.segment === last.segment && recoverFrom.position <= last.sizeBytes;
  return inside ? Math.max(recoverFrom.position, segmentHeaderBytes) : segmentHeaderBytes;
}

function tailOf(file: DiskFile, { last }: SettleOptions, found: FoundEnd): OpenTail {
  return {
    segment: last.segment,
    file,
    firstSequence: last.header!.firstSequence,
    position: found.position,
    marked: found.marked,
  };
}

async function makeDurable(file: DiskFile, range: { from: number; to: number }): Promise<void> {
  for (let position = range.from; position < range.to; position += pieceBytes) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, range.to - position));
    const bytesRead = await file.read(piece, position);
    await file.write([piece.subarray(0, bytesRead)], position);
  }
  await file.sync();
}

async function cut(file: DiskFile, position: number): Promise<void> {
  await file.truncate(position);
  await file.sync();
}

/** A new segment behind everything that is there and everything that the owner knows of. */
async function createSuccessor(options: SettleOptions, found: FoundEnd): Promise<OpenTail> {
  const { disk, directory, last, logId, recoverFrom, sequenceMin } = options;
  const segment = Math.max(last.segment, recoverFrom?.segment ?? 0) + 1;
  // Leaving out the sequence numbers of what was lost keeps the loss visible to every later check.
  const known = recoverFrom?.segment === last.segment ? recoverFrom.position : 0;
  const firstSequence =
    found.firstSequence === undefined
      ? sequenceMin
      : sequenceAt(found.firstSequence, Math.max(found.keptTo, known));
  const file = await createSegment(disk, directory, { logId, segment, firstSequence });
  return { segment, file, firstSequence, position: segmentHeaderBytes, marked: true };
}
