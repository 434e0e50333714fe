// A row that is remembered, as one text: as an object it is twelve values and takes five times the memory, and the collector
// moves and follows each of them. Most rows that are remembered are not asked for before they make room.
//
//   text = size NUL etag NUL modified_ms NUL checksum NUL data NUL part_count NUL shared NUL version NUL null_version NUL
//          row_crc NUL versioning NUL attributes NUL key          null is "-", any other value of a column that may be has "+"
//
// No value holds U+0000: no text column can. The bucket's number stands with the bucket.

import assert from 'node:assert/strict';
import type { FoundObject } from '../metadata/current-object.ts';

const values = 13;

/** In memory of its own, whatever its values are slices of. */
export function packedRow(row: FoundObject): string {
  const { size, etag, modified_ms, checksum, data, part_count, shared, version, null_version } = row;
  const { row_crc, bucket_versioning, attributes, key } = row;
  const text =
    `${size}\0${etag}\0${modified_ms}\0${optional(checksum)}\0${data}\0${optional(part_count)}\0${optional(shared)}\0` +
    `${version}\0${null_version}\0${optional(row_crc)}\0${optional(bucket_versioning)}\0${attributes}\0${key}`;
  return Buffer.from(text).toString();
}

export function unpackedRow(packed: string, bucket: number): FoundObject {
  const parts = packed.split('\0');
  assert.equal(parts.length, values, 'a remembered row is as it was');
  const [size, etag, modified_ms, checksum, data, part_count, shared, ...rest] = parts as Values;
  const [version, null_version, row_crc, versioning, attributes, key] = rest;
  return {
    bucket,
    key,
    size: Number(size),
    etag,
    modified_ms: Number(modified_ms),
    attributes,
    checksum: given(checksum),
    data,
    part_count: numberOf(part_count),
    shared: numberOf(shared),
    version,
    null_version: Number(null_version),
    row_crc: numberOf(row_crc),
    bucket_versioning: given(versioning) as FoundObject['bucket_versioning'],
  };
}

// biome-ignore format: as in the grammar
type Values = [
  string, string, string, string, string, string, string,
  string, string, string, string, string, string,
];

function optional(value: string | number | null): string {
  return value === null ? '-' : `+${value}`;
}

function given(text: string): string | null {
  return text === '-' ? null : text.slice(1);
}

function numberOf(text: string): number | null {
  return text === '-' ? null : Number(text.slice(1));
}
