// Request ids: what a client quotes to an operator, and what joins its answer to the log.

import type { Random } from '@cairn/world';

const alphabet = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ');
/** Put together in one piece: characters that are joined one by one cost three times as much until they are sent. */
const id = Buffer.alloc(16);
const acceptable = /^[A-Za-z0-9._-]{8,64}$/;

/** 16 characters of Crockford's base 32: 80 random bits, no letters that read alike. */
export function newRequestId(random: Random): string {
  const bytes = random.bytes(id.length);
  for (let index = 0; index < id.length; index++) id[index] = alphabet[bytes[index]! & 31]!;
  return id.toString('latin1');
}

/** The caller's own id when it is 8 to 64 characters that cannot break a log line or a header, else undefined. */
export function acceptRequestId(value: string | undefined): string | undefined {
  return value !== undefined && acceptable.test(value) ? value : undefined;
}
