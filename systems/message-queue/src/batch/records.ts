// The records of a batch, unpacked: what a batch of format 2 holds behind its header.
//
//   length       varint   of what follows
//   attributes   1        unused
//   timestamp    varlong  minus the batch's base timestamp
//   offset       varint   minus the batch's base offset
//   key          varint length or -1, bytes
//   value        varint length or -1, bytes
//   headers      varint count, each: varint length and UTF-8 key, varint length or -1 and value
//
// Varints are zigzag: 0, -1, 1, -2 are 0, 1, 2, 3; seven bits a byte, the lowest first.

import assert from 'node:assert/strict';
import type { BatchHeader } from './batch-header.ts';

export type MessageHeader = { readonly key: string; readonly value: Uint8Array | null };

export type NewRecord = {
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly MessageHeader[];
};

/** What records are written from: texts where they are easier to have than their bytes. */
type Content = Uint8Array | string | null;
export type EncodableRecord = {
  readonly timestampMs: number;
  readonly key: Content;
  readonly value: Content;
  readonly headers: readonly { readonly key: string; readonly value: Content }[];
};

export type BatchRecord = NewRecord & {
  readonly offset: number;
  /** The record as it lies in the batch, with its length. */
  readonly bytes: Uint8Array;
};

/** Records that are not what their batch says. */
export class InvalidRecordsError extends Error {
  constructor(detail: string) {
    super(`invalid records: ${detail}`);
    this.name = 'InvalidRecordsError';
  }
}

/** The records of a batch, from its unpacked bytes. Throws InvalidRecordsError; what was given before is as it says. */
export function* decodeRecords(
  header: Pick<
    BatchHeader,
    'baseOffset' | 'baseTimestampMs' | 'maxTimestampMs' | 'isLogAppendTime' | 'recordCount'
  >,
  bytes: Uint8Array,
): Generator<BatchRecord, void, undefined> {
  const cursor = new Cursor(bytes);
  for (let index = 0; index < header.recordCount; index++) {
    const start = cursor.at;
    const length = cursor.varint();
    const end = cursor.at + length;
    if (length < 0 || end > bytes.length)
      throw new InvalidRecordsError(`record ${index} does not fit its batch`);
    cursor.skip(1);
    const timestampMs = header.baseTimestampMs + cursor.varint();
    const offset = header.baseOffset + cursor.varint();
    const key = cursor.nullable();
    const value = cursor.nullable();
    const headers = decodeHeaders(cursor, index);
    if (cursor.at !== end) throw new InvalidRecordsError(`record ${index} is not as long as it says`);
    yield {
      timestampMs: header.isLogAppendTime ? header.maxTimestampMs : timestampMs,
      ...{ offset, key, value, headers, bytes: bytes.subarray(start, end) },
    };
  }
  if (cursor.at !== bytes.length) throw new InvalidRecordsError('there is something behind the last one');
}

function decodeHeaders(cursor: Cursor, index: number): readonly MessageHeader[] {
  const count = cursor.varint();
  // Each has at least two bytes.
  if (count < 0 || count * 2 > cursor.left)
    throw new InvalidRecordsError(`record ${index} has ${count} headers`);
  return Array.from({ length: count }, () => {
    const key = cursor.nullable();
    if (key === null) throw new InvalidRecordsError(`record ${index} has a header without a key`);
    return {
      key: Buffer.from(key.buffer, key.byteOffset, key.length).toString('utf8'),
      value: cursor.nullable(),
    };
  });
}

/** Records one after the other, as a batch with this base timestamp holds them; behind so much room for its header. */
export function encodeRecords(
  records: readonly EncodableRecord[],
  baseTimestampMs: number,
  { roomBytes = 0 } = {},
): Buffer {
  const sizes = new Sizes();
  let sizeBytes = roomBytes;
  const lengths = records.map((record, index) => {
    const length = sizeOf(record, { index, baseTimestampMs, sizes });
    sizeBytes += varintBytes(length) + length;
    return length;
  });
  const target = new Target(Buffer.allocUnsafe(sizeBytes), { at: roomBytes, sizes });
  for (let index = 0; index < records.length; index++) {
    const record = records[index]!;
    target.varint(lengths[index]!);
    target.byte(0);
    target.varint(record.timestampMs - baseTimestampMs);
    target.varint(index);
    target.content(record.key);
    target.content(record.value);
    target.varint(record.headers.length);
    for (const { key, value } of record.headers) {
      target.content(key);
      target.content(value);
    }
  }
  assert.equal(target.at, sizeBytes, 'records take what was counted');
  return target.bytes;
}

function sizeOf(
  { timestampMs, key, value, headers }: EncodableRecord,
  { index, baseTimestampMs, sizes }: { index: number; baseTimestampMs: number; sizes: Sizes },
): number {
  let bytes =
    1 + varintBytes(timestampMs - baseTimestampMs) + varintBytes(index) + varintBytes(headers.length);
  bytes += sizes.count(key) + sizes.count(value);
  for (const header of headers) bytes += sizes.count(header.key) + sizes.count(header.value);
  return bytes;
}

/** Of contents, in the order in which they are counted and then written: each is looked at once. */
class Sizes {
  readonly #bytes: number[] = [];
  #taken = 0;

  /** With the length in front. */
  count(content: Content): number {
    if (content === null) return 1;
    const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
    this.#bytes.push(bytes);
    return varintBytes(bytes) + bytes;
  }

  next(): number {
    return this.#bytes[this.#taken++]!;
  }
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

export function varint(value: number): Buffer {
  const target = new Target(Buffer.allocUnsafe(varintBytes(value)));
  target.varint(value);
  return target.bytes;
}

/** Below so many characters a call into the engine's text functions takes longer than a loop. */
const shortText = 48;

/** A buffer of exactly the bytes that will be put into it, one behind the other. */
class Target {
  readonly bytes: Buffer;
  readonly #sizes: Sizes;
  at: number;

  constructor(bytes: Buffer, { at = 0, sizes = new Sizes() } = {}) {
    this.bytes = bytes;
    this.at = at;
    this.#sizes = sizes;
  }

  byte(value: number): void {
    this.bytes[this.at++] = value;
  }

  varint(value: number): void {
    let rest = zigzag(value);
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) + 0x80);
    this.byte(rest);
  }

  content(content: Content): void {
    if (content === null) {
      this.varint(-1);
      return;
    }
    const size = this.#sizes.next();
    this.varint(size);
    if (typeof content === 'string') this.#text(content, size);
    else this.bytes.set(content, this.at);
    this.at += size;
  }

  #text(text: string, size: number): void {
    // With a byte for each character it is ASCII.
    if (size !== text.length || size >= shortText) this.bytes.write(text, this.at);
    else for (let index = 0; index < size; index++) this.bytes[this.at + index] = text.charCodeAt(index);
  }
}

/** Reads numbers and byte strings of records one after the other. Throws InvalidRecordsError. */
export class Cursor {
  readonly #bytes: Uint8Array;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.at;
  }

  /** Up to 63 bits; what a double cannot hold is not a time or an offset that anybody has. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 9; count++) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new InvalidRecordsError('they end in the middle of a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      scale *= 0x80;
    }
    throw new InvalidRecordsError('a number has more than 63 bits');
  }

  skip(length: number): void {
    this.at += length;
  }

  nullable(): Uint8Array | null {
    const length = this.varint();
    if (length === -1) return null;
    if (length < 0 || length > this.left)
      throw new InvalidRecordsError(`${length} bytes where ${this.left} are left`);
    const start = this.at;
    this.at += length;
    return this.#bytes.subarray(start, this.at);
  }
}
