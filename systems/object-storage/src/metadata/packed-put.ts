// What a put is asked with, as a list: it crosses threads with every object, and a structured clone writes the name of every
// member, to read and compare it again on the other side. As a list it takes both half as long.

import type { PutObjectInput } from './objects.ts';

export type PackedPut = readonly [
  bucket: string,
  key: string,
  bucketId: number,
  random: string,
  size: number,
  etag: string,
  modifiedMs: number,
  checksum: string | null,
  data: string,
  partCount: number | null,
  attributes: string,
  /** What hardly any put has; null without. */
  more: Pick<PutObjectInput, 'condition' | 'place' | 'cause'> | null,
];

/** Of an object whose blob is its own. */
export function packedPut(
  input: PutObjectInput & { readonly object: { readonly shared?: never } },
): PackedPut {
  const { bucket, bucketId, random, object, condition, place, cause } = input;
  const plain = condition === undefined && place === undefined && cause === undefined;
  return [
    bucket,
    object.key,
    bucketId,
    random,
    object.size,
    object.etag,
    object.modified_ms,
    object.checksum,
    object.data,
    object.part_count,
    object.attributes,
    plain ? null : { condition, place, cause },
  ];
}

export function unpackedPut(packed: PackedPut): PutObjectInput {
  const [bucket, key, bucketId, random, size, etag, modified_ms, ...rest] = packed;
  const [checksum, data, part_count, attributes, more] = rest;
  const object = { key, size, etag, modified_ms, checksum, data, part_count, attributes };
  return { bucket, bucketId, random, object, condition: undefined, ...more };
}
