// Records in JSON: bytes that are UTF-8 are text, others base64 in a field of another name. What is given out can be given
// back: a topic can be read to a file of lines and written from it.

import { isUtf8 } from 'node:buffer';
import { ApiError } from '@cairn/service';
import { z } from 'zod';
import type { BatchRecord, MessageHeader, NewRecord } from '../../batch/records.ts';

const text = z.string().nullable().optional();
const base64 = z.base64().optional();

const header = z.strictObject({ key: z.string(), value: text, valueBase64: base64 });

const content = {
  key: text,
  keyBase64: base64,
  value: text,
  valueBase64: base64,
  headers: z.array(header).readonly(),
};

export const recordItem = z.strictObject({
  partition: z.int(),
  offset: z.int(),
  timestampMs: z.number(),
  ...content,
});
export type RecordItem = z.output<typeof recordItem>;

export const newRecordItem = z.strictObject({
  ...content,
  headers: content.headers.default([]),
  timestampMs: z.int().nonnegative().optional(),
  partition: z.int().nonnegative().optional(),
  /** Of a record that was read: it gets another. */
  offset: z.int().optional(),
});
export type NewRecordItem = z.output<typeof newRecordItem>;

export function recordItemOf(partition: number, record: BatchRecord): RecordItem {
  const { offset, timestampMs, key, value, headers } = record;
  return {
    ...{ partition, offset, timestampMs },
    ...fieldOf('key', key),
    ...fieldOf('value', value),
    headers: headers.map((one) => ({ key: one.key, ...fieldOf('value', one.value) })),
  };
}

/** Throws ApiError for a field that is given both as text and as base64. */
export function recordOf(item: NewRecordItem, timestampMs: number): NewRecord {
  const headers = item.headers.map(
    (one): MessageHeader => ({ key: one.key, value: bytesOf(one.value, one.valueBase64) }),
  );
  return {
    timestampMs: item.timestampMs ?? timestampMs,
    key: bytesOf(item.key, item.keyBase64),
    value: bytesOf(item.value, item.valueBase64),
    headers,
  };
}

type Fields<Name extends string> = { readonly [Key in Name]?: string | null } & {
  readonly [Key in `${Name}Base64`]?: string;
};

function fieldOf<Name extends string>(name: Name, bytes: Uint8Array | null): Fields<Name> {
  if (bytes === null) return { [name]: null } as Fields<Name>;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const field = isUtf8(buffer)
    ? { [name]: buffer.toString('utf8') }
    : { [`${name}Base64`]: buffer.toString('base64') };
  return field as Fields<Name>;
}

function bytesOf(plain: string | null | undefined, encoded: string | undefined): Buffer | null {
  if (encoded !== undefined && plain !== undefined)
    throw new ApiError('invalid-request', 'a field is given as text and as base64: one of both is wanted');
  if (encoded !== undefined) return Buffer.from(encoded, 'base64');
  return plain === undefined || plain === null ? null : Buffer.from(plain);
}
