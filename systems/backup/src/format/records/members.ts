// The forms that members of records share.

import { z } from 'zod';

/** Lower-case hex: of the random objects 32 digits, of what is named after its hash 64. */
export const idSchema = z.string().regex(/^[0-9a-f]{32}$/);
export const hashIdSchema = z.string().regex(/^[0-9a-f]{64}$/);

/** RFC 3339 in UTC, to nanoseconds at most. */
export const timeSchema = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/)
  .refine((time) => Number.isFinite(Date.parse(time)), 'there is no such time');

/** Counts and sizes. */
export const countSchema = z.int().min(0);

/** 32 bytes in hex, as every key is written. */
export const keyHexSchema = z.string().regex(/^[0-9a-f]{64}$/);

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

export function fromHex(text: string): Buffer {
  return Buffer.from(text, 'hex');
}
