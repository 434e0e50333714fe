// Walks the records of one segment in order and judges every bad place. Recovery, scans, check and inspection all go
// through here, so they cannot disagree on what is sound.
//
// After damage the walk finds the next sound record: behind the bad one when its header still tells its length, else by
// looking for the magic bytes and a header whose seeded checksum fits.
//
// What the disk cannot read is bad like anything else that is not what was written, with one difference: at the end of what
// is known to be synced nobody can tell whether it is a torn tail, so it is never called one.

import { crc32c } from '@cairn/hashing';
import type { DiskError, DiskFile } from '@cairn/world';
import { decodeRecordHeader, type RecordHeader, recordBytes, recordMagic } from '../format/record-header.ts';
import { pieceBytes, recordHeaderBytes, segmentHeaderBytes } from '../limits.ts';
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
  /** Takes bytes that the disk cannot read for bad ones, instead of failing with its DiskError. */
  readonly skipsUnreadable: boolean;
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
      /** The range is that of one record, whose header is sound. */
      readonly isOneRecord: boolean;
      readonly detail: string;
    }
  /** From here on the disk cannot read what would tell whether it was ever synced. The walk ends. */
  | {
      readonly kind: 'doubt';
      readonly position: number;
      readonly detail: string;
      readonly cause: DiskError;
    }
  /** Nothing from here on was ever known to be synced. The walk ends. */
  | { readonly kind: 'torn'; readonly position: number; readonly detail: string };

/** Throws DiskError when the disk cannot be read and that is not skipped, and SegmentLogError `newer-format`. */
export async function* walkSegment(options: WalkOptions): AsyncGenerator<WalkStep, void, undefined> {
  const pieces = piecesOf(options);
  for (let position = options.from; position < options.end; ) {
    const record = await readRecord(pieces, position, options);
    if (record.kind === 'sound') {
      yield { kind: 'record', position, header: record.header, payload: record.payload };
      position += recordBytes(record.header);
      continue;
    }
    const ahead = await lookAhead(record.resumeFrom, options);
    const cause = record.unreadable ?? ahead.unreadable;
    const isUnreadable = cause !== undefined;
    const { claimedTo } = ahead;
    const { name, verdict } = judge({ position, syncedTo: options.syncedTo, claimedTo, isUnreadable });
    const detail = `${record.detail} (${name})`;
    if (verdict === 'doubt') {
      yield { kind: 'doubt', position, detail, cause: cause! };
      return;
    }
    if (verdict === 'torn') {
      if (!(await isZeroFrom(position, options))) yield { kind: 'torn', position, detail };
      return;
    }
    // When the bad bytes reach past what was synced, the tear lies among them: the walk goes on where that begins.
    const syncedTo = Math.max(options.syncedTo, claimedTo);
    const endPosition = Math.min(ahead.next ?? options.end, syncedTo, options.end);
    const isOneRecord = record.hasSoundHeader && endPosition === record.resumeFrom;
    yield { kind: 'damage', position, endPosition, isOneRecord, detail };
    position = endPosition;
  }
}

function piecesOf({ file, end, skipsUnreadable }: WalkOptions): PieceReader {
  return new PieceReader(file, end, { skipsUnreadable });
}

/** Why bytes are no sound record. */
type Bad = { readonly kind: 'bad'; readonly detail: string; readonly unreadable?: DiskError };

type ReadRecord =
  | { readonly kind: 'sound'; readonly header: RecordHeader; readonly payload: Buffer }
  | (Bad & { readonly resumeFrom: number; readonly hasSoundHeader: boolean });

async function readRecord(pieces: PieceReader, position: number, options: WalkOptions): Promise<ReadRecord> {
  const found = await headerAt(pieces, position, options);
  if (found.kind === 'bad') return { ...found, resumeFrom: position + 1, hasSoundHeader: false };
  const { header } = found;
  const behind = { resumeFrom: position + recordBytes(header), hasSoundHeader: true };
  const payload = await pieces.bytes(position + recordHeaderBytes, header.payloadLength);
  if (payload.length < header.payloadLength)
    return { kind: 'bad', detail: 'it ends inside a payload', ...behind };
  const unreadable = pieces.unreadable(position + recordHeaderBytes, payload.length);
  if (unreadable !== undefined) return { ...unreadableBytes(unreadable), ...behind };
  if (crc32c(payload) !== header.payloadChecksum) {
    return { kind: 'bad', detail: 'the checksum of the payload is wrong', ...behind };
  }
  if (header.kind === 'mark' && behind.resumeFrom !== pieces.end) {
    return { kind: 'bad', detail: 'a mark with bytes behind it: what replaced it is lost', ...behind };
  }
  return { kind: 'sound', header, payload };
}

type FoundHeader = { readonly kind: 'sound'; readonly header: RecordHeader } | Bad;

function unreadableBytes(unreadable: DiskError): Bad {
  return { kind: 'bad', detail: unreadable.message, unreadable };
}

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
  const unreadable = pieces.unreadable(position, bytes.length);
  if (unreadable !== undefined) return unreadableBytes(unreadable);
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

/** What is zeros up to the end was written ahead of records that never came. */
async function isZeroFrom(from: number, options: WalkOptions): Promise<boolean> {
  const pieces = piecesOf(options);
  for (let position = from; position < pieces.end; ) {
    const piece = await pieces.bytes(position, pieceBytes);
    if (piece.length === 0) break;
    if (piece.some((byte) => byte !== 0)) return false;
    position += piece.length;
  }
  return true;
}

type Ahead = {
  /** Where the next sound header is. */
  readonly next: number | undefined;
  /** Up to where sound headers from there on say that all was synced; no farther looked than `next` needs. */
  readonly claimedTo: number;
  /** Why some of what was looked through could not be read: there may be sound headers that claim more. */
  readonly unreadable: DiskError | undefined;
};

/** Payloads are not looked at: a header alone proves what it claims. */
async function lookAhead(from: number, options: WalkOptions): Promise<Ahead> {
  const pieces = piecesOf(options);
  const first = await nextSoundHeader(pieces, from, options);
  let claimedTo = 0;
  let header = first;
  while (first && header && Math.max(claimedTo, options.syncedTo) < first.position) {
    claimedTo = Math.max(claimedTo, header.header.durable);
    header = await nextSoundHeader(pieces, header.position + recordBytes(header.header), options);
  }
  return { next: first?.position, claimedTo, unreadable: pieces.firstSkipped };
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
