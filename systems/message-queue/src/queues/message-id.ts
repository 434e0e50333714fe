// Ids of messages and of tasks: UUIDs of version 4 (RFC 9562).

import type { Random } from '@cairn/world';

const digits = Buffer.from('0123456789abcdef');
/** Where each byte stands. Put together in one piece: parts that are joined cost as much again when they are written. */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const;
const id = Buffer.from('00000000-0000-0000-0000-000000000000');

export function newId(random: Random): string {
  const bytes = random.bytes(places.length);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  for (let index = 0; index < places.length; index++) {
    const byte = bytes[index]!;
    id[places[index]!] = digits[byte >> 4]!;
    id[places[index]! + 1] = digits[byte & 15]!;
  }
  return id.toString('latin1');
}
