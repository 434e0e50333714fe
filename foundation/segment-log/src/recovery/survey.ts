// What lies in a log's folder: its segment files with their headers, judged one against the next. Reads 64 bytes of
// each and changes nothing.
//
// A segment's end follows from its successor's first sequence number, so a sealed segment that lost its tail shows.

import type { Disk, DiskError } from '@cairn/world';
import { decodeSegmentHeader, type SegmentHeader } from '../format/segment-header.ts';
import { isUnfinishedName, segmentName, segmentOfName } from '../format/segment-name.ts';
import { segmentHeaderBytes, surveyConcurrency } from '../limits.ts';
import { readPersistently } from '../read/read-persistently.ts';
import type { SegmentDamage } from '../segment-log.ts';
import { SegmentLogError } from '../segment-log-error.ts';

export type SurveyedSegment = {
  readonly segment: number;
  readonly path: string;
  readonly sizeBytes: number;
  /** Undefined when it is damaged. */
  readonly header: SegmentHeader | undefined;
  /** Why the disk could not read the header: it may be there again later, and nothing that is made now may contradict it. */
  readonly unreadable?: DiskError;
  /** Where its records end: by its successor's header when both are there, else by its size. */
  readonly endPosition: number;
};

export type Survey = {
  /** Undefined when no segment has a sound header. */
  readonly logId: Buffer | undefined;
  /** In order of their numbers. */
  readonly segments: readonly SurveyedSegment[];
  readonly damage: readonly SegmentDamage[];
  /** Paths of files whose making was cut short; they hold nothing. */
  readonly unfinished: readonly string[];
};

type ReadSegment = Omit<SurveyedSegment, 'endPosition'> & { readonly flaw: string | undefined };

/** Throws SegmentLogError `mixed-logs` or `newer-format`, and DiskError. */
export async function surveyLog(disk: Disk, directory: string): Promise<Survey> {
  const names = await disk.list(directory);
  const numbers = names.map(segmentOfName).filter((segment) => segment !== undefined);
  const read: ReadSegment[] = [];
  for (let at = 0; at < numbers.length; at += surveyConcurrency) {
    const some = numbers.slice(at, at + surveyConcurrency);
    read.push(...(await Promise.all(some.map((segment) => readHeader(disk, directory, segment)))));
  }
  const logId = commonLogId(read);
  // No header is known to be rotten then: the disk may give one back.
  const unreadable = read.find((segment) => segment.unreadable !== undefined)?.unreadable;
  if (logId === undefined && unreadable !== undefined) throw unreadable;
  const damage: SegmentDamage[] = [];
  const ordered = inOrder(read);
  const segments = ordered.map((segment, index) => withEnd(segment, ordered[index + 1], damage));
  const unfinished = names.filter(isUnfinishedName).map((name) => `${directory}/${name}`);
  return { logId, segments, damage, unfinished };
}

async function readHeader(disk: Disk, directory: string, segment: number): Promise<ReadSegment> {
  const path = `${directory}/${segmentName(segment)}`;
  const file = await disk.open(path, 'read');
  try {
    const sizeBytes = await file.sizeBytes();
    const bytes = Buffer.alloc(segmentHeaderBytes);
    const bytesRead = await readPersistently(file, bytes, 0);
    if (typeof bytesRead !== 'number') {
      const flaw = bytesRead.message;
      return { segment, path, sizeBytes, header: undefined, flaw, unreadable: bytesRead };
    }
    const decoded = decodeSegmentHeader(bytes.subarray(0, bytesRead), segment);
    if (decoded.kind === 'newer') {
      const detail = `it has format version ${decoded.version}`;
      throw new SegmentLogError('newer-format', { attempt: 'open', segment, detail });
    }
    if (decoded.kind === 'damaged')
      return { segment, path, sizeBytes, header: undefined, flaw: decoded.detail };
    return { segment, path, sizeBytes, header: decoded.header, flaw: undefined };
  } finally {
    await file.close();
  }
}

function commonLogId(segments: readonly ReadSegment[]): Buffer | undefined {
  let logId: Buffer | undefined;
  for (const { segment, header } of segments) {
    if (header === undefined) continue;
    logId ??= header.logId;
    if (logId.equals(header.logId)) continue;
    const detail = `it belongs to log ${header.logId.toString('hex')}, those before it to ${logId.toString('hex')}`;
    throw new SegmentLogError('mixed-logs', { attempt: 'open', segment, detail });
  }
  return logId;
}

/** A header whose first sequence number is smaller than one before it is not to be trusted. */
function inOrder(segments: readonly ReadSegment[]): readonly ReadSegment[] {
  let highest = 0;
  return segments.map((segment) => {
    if (segment.header === undefined) return segment;
    const { firstSequence } = segment.header;
    if (firstSequence < highest) {
      const flaw = `its first sequence number ${firstSequence} is behind that of an earlier segment, ${highest}`;
      return { ...segment, header: undefined, flaw };
    }
    highest = firstSequence;
    return segment;
  });
}

/** Adds the end of `segment`, and to `damage` what is wrong with its header or its end. */
function withEnd(
  { flaw, ...segment }: ReadSegment,
  next: ReadSegment | undefined,
  damage: SegmentDamage[],
): SurveyedSegment {
  if (flaw !== undefined) damage.push({ segment: segment.segment, position: 0, detail: flaw });
  if (next?.segment !== segment.segment + 1 || !next.header || !segment.header) {
    return { ...segment, endPosition: segment.sizeBytes };
  }
  const endPosition = segmentHeaderBytes + next.header.firstSequence - segment.header.firstSequence;
  if (segment.sizeBytes < endPosition) {
    const detail = `the file should end at ${endPosition}: ${endPosition - segment.sizeBytes} bytes are missing`;
    damage.push({ segment: segment.segment, position: segment.sizeBytes, detail });
  }
  return { ...segment, endPosition: Math.min(endPosition, segment.sizeBytes) };
}
