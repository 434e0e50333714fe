// The forms that members of records share.

import { such, text, whole } from './shape.ts';

/** Lower-case hex: of the random objects 32 digits, of what is named after its hash 64. */
export const idShape = text(/^[0-9a-f]{32}$/);
export const hashIdShape = text(/^[0-9a-f]{64}$/);

/** RFC 3339 in UTC, to nanoseconds at most. */
export const timeShape = such(
  text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/),
  (time) => Number.isFinite(Date.parse(time)),
  'there is no such time',
);

/** Counts and sizes. */
export const countShape = whole({ min: 0 });

/** 32 bytes in hex, as every key is written. */
export const keyHexShape = text(/^[0-9a-f]{64}$/);

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function fromHex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
