// CRC-32C backwards: from a checksum and all that it covers to the value that it began from. Each step of a CRC can be undone, as
// the highest byte of its register says which entry of the table was used.
//
//   forwards: crc32c-table.ts

import { crc32cTable as table } from './crc32c-table.ts';

/** By the highest byte of an entry, which no other has. */
const indexes = new Uint8Array(256);
for (const [index, entry] of table.entries()) indexes[entry >>> 24] = index;

/** The seed with which `crc32c(bytes, seed)` is `crc`: there is exactly one. */
export function crc32cSeed(bytes: Uint8Array, crc: number): number {
  let register = ~crc;
  for (let at = bytes.length - 1; at >= 0; at--) {
    const index = indexes[register >>> 24]!;
    register = ((register ^ table[index]!) << 8) | (index ^ bytes[at]!);
  }
  return ~register >>> 0;
}
