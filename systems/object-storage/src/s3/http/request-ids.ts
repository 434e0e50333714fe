// Ids of requests, in the form of @cairn/telemetry, made two characters at a time: one is made for every request.

import type { Random } from '@cairn/world';

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const pairs = Array.from({ length: 1_024 }, (_, index) => alphabet[index >> 5]! + alphabet[index & 31]!);

/** 16 characters of Crockford's base 32: 80 bits. */
export function requestId(random: Random): string {
  const bytes = random.bytes(16);
  let id = '';
  for (let at = 0; at < 16; at += 2) id += pairs[((bytes[at]! << 8) | bytes[at + 1]!) & 1_023]!;
  return id;
}
