// Where batches lie in one segment, for some of them: one every 64 KiB. From the entry before an offset or a time the
// segment is read on. Derived from the segment; kept in a file beside it so that it needs not be read to be opened.
//
// The file, little-endian:
//
//    0  "CAIRNIDX"            8
//    8  format                4   1
//   12  CRC-32C               4   of everything behind
//   16  segment               8
//   24  base offset           8   of the first batch, or of what a batch file answers for
//   32  end offset            8   behind the last batch, or behind that
//   40  largest timestamp     8   of all batches
//   48  covered position      8   the entries say everything about the segment before it
//   56  entries                   base offset 8, position 8, largest timestamp of the batches before it 8 (-1: none)
//
// All numbers but format and checksum are doubles.

import { crc32c } from '@cairn/hashing';
import { segmentHeaderBytes } from '@cairn/segment-log';
import { type BatchHeader, noTimestamp } from '../batch/batch-header.ts';
import { indexedEveryBytes } from '../limits.ts';
import type { Offset } from './partition.ts';

const magic = Buffer.from('CAIRNIDX');
const formatVersion = 1;
const checksumAt = 12;
const summaryAt = 16;
const entriesAt = 56;
const entryNumbers = 3;

/** Of the file. */
export function encodedIndexBytes(entries: number): number {
  return entriesAt + entries * entryNumbers * 8;
}

/** What is known of every segment without its entries. */
export type SegmentSummary = {
  readonly segment: number;
  readonly baseOffset: Offset;
  readonly endOffset: Offset;
  readonly maxTimestampMs: number;
  readonly coveredTo: number;
};

export class SegmentIndex {
  readonly #segment: number;
  readonly #baseOffset: Offset;
  #endOffset: Offset;
  #maxTimestampMs = noTimestamp;
  #coveredTo = segmentHeaderBytes;
  /** Offset, position, largest timestamp before; offset, position, ... */
  readonly #entries: number[] = [];

  constructor(segment: number, baseOffset: Offset) {
    this.#segment = segment;
    this.#baseOffset = baseOffset;
    this.#endOffset = baseOffset;
  }

  /** Takes the next batch, with the bytes of its record. */
  add(header: BatchHeader, place: { position: number; lengthBytes: number }): void {
    const lastPosition = this.#entries.at(-2);
    if (lastPosition === undefined || place.position - lastPosition >= indexedEveryBytes) {
      this.#entries.push(header.baseOffset, place.position, this.#maxTimestampMs);
    }
    this.#endOffset = header.baseOffset + header.lastOffsetDelta + 1;
    this.#maxTimestampMs = Math.max(this.#maxTimestampMs, header.maxTimestampMs);
    this.#coveredTo = place.position + place.lengthBytes;
  }

  /** Says that the segment answers for all offsets below one, also for those behind its last batch. */
  answerUntil(endOffset: Offset): void {
    this.#endOffset = Math.max(this.#endOffset, endOffset);
  }

  summary(): SegmentSummary {
    return {
      ...{ segment: this.#segment, baseOffset: this.#baseOffset, endOffset: this.#endOffset },
      ...{ maxTimestampMs: this.#maxTimestampMs, coveredTo: this.#coveredTo },
    };
  }

  /** A position at or before the batch that holds an offset of the segment. */
  positionOfOffset(offset: Offset): number {
    return this.#positionBefore((entry) => this.#entries[entry]! <= offset);
  }

  /** The same, with the largest timestamp of the batches before that position. */
  placeOfOffset(offset: Offset): { readonly position: number; readonly maxTimestampMs: number } {
    const entry = this.#entryBefore((at) => this.#entries[at]! <= offset);
    if (entry === undefined) return { position: segmentHeaderBytes, maxTimestampMs: noTimestamp };
    return { position: this.#entries[entry + 1]!, maxTimestampMs: this.#entries[entry + 2]! };
  }

  /** A position at or before the first batch with a timestamp at or after this one. */
  positionOfTime(timestampMs: number): number {
    return this.#positionBefore((entry) => this.#entries[entry + 2]! < timestampMs);
  }

  #positionBefore(isBefore: (entry: number) => boolean): number {
    const entry = this.#entryBefore(isBefore);
    return entry === undefined ? segmentHeaderBytes : this.#entries[entry + 1]!;
  }

  /** The last entry for which `isBefore` holds: it does for some first ones. */
  #entryBefore(isBefore: (entry: number) => boolean): number | undefined {
    let low = 0;
    let high = this.#entries.length / entryNumbers;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(middle * entryNumbers)) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : (low - 1) * entryNumbers;
  }

  encode(): Buffer {
    const numbers = [
      ...[this.#segment, this.#baseOffset, this.#endOffset, this.#maxTimestampMs, this.#coveredTo],
      ...this.#entries,
    ];
    const bytes = Buffer.alloc(summaryAt + numbers.length * 8);
    magic.copy(bytes);
    bytes.writeUInt32LE(formatVersion, 8);
    for (const [index, number] of numbers.entries()) bytes.writeDoubleLE(number, summaryAt + index * 8);
    bytes.writeUInt32LE(crc32c(bytes.subarray(summaryAt)), checksumAt);
    return bytes;
  }

  /** Undefined for what is no whole and sound index of this version. */
  static decode(bytes: Buffer): SegmentIndex | undefined {
    const isIndex = bytes.length >= entriesAt && bytes.subarray(0, 8).equals(magic);
    if (!isIndex || bytes.readUInt32LE(8) !== formatVersion) return undefined;
    if (bytes.readUInt32LE(checksumAt) !== crc32c(bytes.subarray(summaryAt))) return undefined;
    const number = (index: number) => bytes.readDoubleLE(summaryAt + index * 8);
    const index = new SegmentIndex(number(0), number(1));
    index.#endOffset = number(2);
    index.#maxTimestampMs = number(3);
    index.#coveredTo = number(4);
    for (let at = 5; summaryAt + at * 8 < bytes.length; at++) index.#entries.push(number(at));
    return index;
  }
}
