// Lists the records of a segment for an owner who copies some of them elsewhere: headers are verified, payloads only
// when asked for, because most of what lies in a segment worth emptying is dead.
//
// Damage is passed over and listed in its place: what lies behind it is wanted all the same.

import { crc32c } from '@cairn/hashing';
import type { DiskFile } from '@cairn/world';
import { recordBytes } from '../format/record-header.ts';
import { recordHeaderBytes } from '../limits.ts';
import type { ListedRecord } from '../segment-log.ts';
import { PieceReader } from './piece-reader.ts';
import { headerAt, nextSoundHeader } from './walk-segment.ts';

export type ListRecordsOptions = {
  readonly file: DiskFile;
  readonly segment: number;
  /** From `recordSeed`. */
  readonly seed: number;
  readonly from: number;
  readonly end: number;
  /** What the disk cannot read is damage, up to the bound of `PieceReader`. */
  readonly skipsUnreadable: boolean;
};

/** Throws DiskError when the disk cannot be read and that is not skipped, and SegmentLogError `newer-format`. */
export async function* listRecords(
  options: ListRecordsOptions,
): AsyncGenerator<ListedRecord, void, undefined> {
  const { skipsUnreadable } = options;
  const pieces = new PieceReader(options.file, options.end, { skipsUnreadable });
  for (let position = options.from; position < options.end; ) {
    const found = await headerAt(pieces, position, options);
    if (found.kind === 'bad') {
      const next = await nextSoundHeader(pieces, position + 1, options);
      const end = next?.position ?? options.end;
      yield { kind: 'damage', location: { segment: options.segment, position }, lengthBytes: end - position };
      position = end;
      continue;
    }
    const { header } = found;
    const lengthBytes = recordBytes(header);
    if (header.kind === 'data') {
      const payload = await pieces.bytes(position + recordHeaderBytes, header.payloadLength);
      const isWhole =
        payload.length === header.payloadLength &&
        pieces.unreadable(position + recordHeaderBytes, payload.length) === undefined;
      const isSound = () => isWhole && crc32c(payload) === header.payloadChecksum;
      yield {
        kind: 'record',
        location: { segment: options.segment, position },
        lengthBytes,
        payload,
        isSound,
      };
    }
    position += lengthBytes;
  }
}
