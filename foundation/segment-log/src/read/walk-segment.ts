// Walks the records of one segment in order and judges every bad place. Recovery, scans, check and inspection all go
// through here, so they cannot disagree on what is sound.
//
// After damage the walk finds the next sound record: behind the bad one when its header still tells its length, else by
// looking for the magic bytes and a header whose seeded checksum fits.

import { crc32c } from '@cairn/hashing';
import type { DiskFile } from '@cairn/world';
import { decodeRecordHeader, type RecordHeader, recordBytes, recordMagic } from '../format/record-header.ts';
import { recordHeaderBytes, segmentHeaderBytes } from '../limits.ts';
import { SegmentLogError } from '../segment-log-error.ts';
import { PieceReader } from './piece-reader.ts';
import { judge } from './verdict.ts';

export type WalkOptions = {
  readonly file: DiskFile;
  readonly segment: number;
  /** From `recordSeed`. */
  readonly seed: number;
  /** From the segment's header; undefined when that is damaged. */
  readonly firstSequence: number | undefined;
  /** Where a record begins. */
  readonly from: number;
  /** Where the segment ends. */
  readonly end: number;
  /** Bad bytes before this position are damage, whatever follows. */
  readonly syncedTo: number;
};

export type WalkStep =
  | {
      readonly kind: 'record';
      readonly position: number;
      readonly header: RecordHeader;
      readonly payload: Buffer;
    }
  /** Bytes from `position` to `endPosition` were synced once and are not what was written. The walk goes on behind. */
  | {
      readonly kind: 'damage';
      readonly position: number;
      readonly endPosition: number;
      readonly detail: string;
    }
  /** Nothing from here on was ever known to be synced. The walk ends. */
  | { readonly kind: 'torn'; readonly position: number; readonly detail: string };

/** Throws DiskError when the disk cannot be read, and SegmentLogError `newer-format`. */
export async function* walkSegment(options: WalkOptions): AsyncGenerator<WalkStep, void, undefined> {
  const pieces = new PieceReader(options.file, options.end);
  for (let position = options.from; position < options.end; ) {
    const record = await readRecord(pieces, position, options);
    if (record.kind === 'sound') {
      yield { kind: 'record', position, header: record.header, payload: record.payload };
      position += recordBytes(record.header);
      continue;
    }
    const ahead = await lookAhead(record.resumeFrom, options);
    const { name, verdict } = judge({ position, syncedTo: options.syncedTo, claimedTo: ahead.claimedTo });
    const detail = `${record.detail} (${name})`;
    if (verdict === 'torn') {
      yield { kind: 'torn', position, detail };
      return;
    }
    // When the bad bytes reach past what was synced, the tear lies among them: the walk goes on where that begins.
    const syncedTo = Math.max(options.syncedTo, ahead.claimedTo);
    const endPosition = Math.min(ahead.next ?? options.end, syncedTo, options.end);
    yield { kind: 'damage', position, endPosition, detail };
    position = endPosition;
  }
}

type ReadRecord =
  | { readonly kind: 'sound'; readonly header: RecordHeader; readonly payload: Buffer }
  | { readonly kind: 'bad'; readonly detail: string; readonly resumeFrom: number };

async function readRecord(pieces: PieceReader, position: number, options: WalkOptions): Promise<ReadRecord> {
  const found = await headerAt(pieces, position, options);
  if (found.kind === 'bad') return { ...found, resumeFrom: position + 1 };
  const { header } = found;
  const resumeFrom = position + recordBytes(header);
  const payload = await pieces.bytes(position + recordHeaderBytes, header.payloadLength);
  if (payload.length < header.payloadLength)
    return { kind: 'bad', detail: 'it ends inside a payload', resumeFrom };
  if (crc32c(payload) !== header.payloadChecksum) {
    return { kind: 'bad', detail: 'the checksum of the payload is wrong', resumeFrom };
  }
  if (header.kind === 'mark' && resumeFrom !== pieces.end) {
    return { kind: 'bad', detail: 'a mark with bytes behind it: what replaced it is lost', resumeFrom };
  }
  return { kind: 'sound', header, payload };
}

type FoundHeader =
  | { readonly kind: 'sound'; readonly header: RecordHeader }
  | { readonly kind: 'bad'; readonly detail: string };

/** What a header has to fit. */
export type HeaderPlace = Pick<WalkOptions, 'segment' | 'seed'> & {
  readonly firstSequence?: number | undefined;
};

export async function headerAt(
  pieces: PieceReader,
  position: number,
  options: HeaderPlace,
): Promise<FoundHeader> {
  const bytes = await pieces.bytes(position, recordHeaderBytes);
  const decoded = decodeRecordHeader(bytes, { seed: options.seed, position });
  if (decoded.kind === 'damaged') return { kind: 'bad', detail: decoded.detail };
  if (decoded.kind === 'newer') {
    const detail = `the record is of format version ${decoded.version}`;
    throw new SegmentLogError('newer-format', {
      attempt: 'read',
      segment: options.segment,
      position,
      detail,
    });
  }
  const { header } = decoded;
  const expected =
    options.firstSequence === undefined ? header.sequence : sequenceAt(options.firstSequence, position);
  if (header.sequence === expected) return { kind: 'sound', header };
  return { kind: 'bad', detail: `its sequence number is ${header.sequence} instead of ${expected}` };
}

/** The sequence number that a record at this position of a segment has. */
export function sequenceAt(firstSequence: number, position: number): number {
  return firstSequence + position - segmentHeaderBytes;
}

type Ahead = {
  /** Where the next sound header is. */
  readonly next: number | undefined;
  /** Up to where sound headers from there on say that all was synced; no farther looked than `next` needs. */
  readonly claimedTo: number;
};

/** Payloads are not looked at: a header alone proves what it claims. */
async function lookAhead(from: number, options: WalkOptions): Promise<Ahead> {
  const pieces = new PieceReader(options.file, options.end);
  const first = await nextSoundHeader(pieces, from, options);
  let claimedTo = 0;
  let header = first;
  while (first && header && Math.max(claimedTo, options.syncedTo) < first.position) {
    claimedTo = Math.max(claimedTo, header.header.durable);
    header = await nextSoundHeader(pieces, header.position + recordBytes(header.header), options);
  }
  return { next: first?.position, claimedTo };
}

export async function nextSoundHeader(
  pieces: PieceReader,
  from: number,
  options: HeaderPlace,
): Promise<{ position: number; header: RecordHeader } | undefined> {
  for (let position: number | undefined = from; position !== undefined && position < pieces.end; ) {
    const found = await headerAt(pieces, position, options);
    if (found.kind === 'sound') return { position, header: found.header };
    position = await pieces.find(recordMagic, position + 1);
  }
  return undefined;
}
