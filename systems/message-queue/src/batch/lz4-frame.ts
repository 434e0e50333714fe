// How many bytes a frame of LZ4 may become, from its blocks and without unpacking them
// (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md):
//
//   magic 4   FLG 1   BD 1   content size 0 or 8   dictionary 0 or 4   header checksum 1
//   blocks: size 4 (the highest bit: not packed), data, checksum 0 or 4      end: 0 in 4 bytes      checksum 0 or 4

import { InvalidRecordsError } from './records.ts';

const magic = 0x18_4d_22_04;
const blockChecksumBit = 0b1_0000;
const contentSizeBit = 0b1000;
const contentChecksumBit = 0b100;
const dictionaryBit = 0b1;
const notPackedBit = 0x8000_0000;
const expansion = 255;

/** Of all frames, one behind the other. Throws InvalidRecordsError for what is no frame. */
export function lz4BytesMax(packed: Buffer): number {
  try {
    let bytes = 0;
    for (let at = 0; at < packed.length; ) {
      const frame = frameAt(packed, at);
      bytes += frame.bytesMax;
      at = frame.end;
    }
    return bytes;
  } catch (cause) {
    if (cause instanceof InvalidRecordsError) throw cause;
    throw new InvalidRecordsError('a frame of LZ4 is cut short');
  }
}

function frameAt(packed: Buffer, start: number): { bytesMax: number; end: number } {
  if (packed.readUInt32LE(start) !== magic) throw new InvalidRecordsError('they are no frame of LZ4');
  const flags = packed.readUInt8(start + 4);
  const blockBytesMax = 2 ** (8 + 2 * ((packed.readUInt8(start + 5) >> 4) & 0b111));
  let at = start + 7 + (flags & contentSizeBit ? 8 : 0) + (flags & dictionaryBit ? 4 : 0);
  let bytesMax = 0;
  for (;;) {
    const size = packed.readUInt32LE(at);
    at += 4;
    if (size === 0) break;
    const stored = size % notPackedBit;
    bytesMax += size >= notPackedBit ? stored : Math.min(blockBytesMax, stored * expansion);
    at += stored + (flags & blockChecksumBit ? 4 : 0);
  }
  return { bytesMax, end: at + (flags & contentChecksumBit ? 4 : 0) };
}
