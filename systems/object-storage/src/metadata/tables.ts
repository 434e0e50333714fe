// The metadata tables, and their migrations. DESIGN.md, "Metadata", explains each column.

import { type Migration, tablesOf } from '@cairn/engines';

export type MetadataTables = {
  bucket: {
    name: string;
    /** Random, never used again: a bucket that is made anew under an old name shares no row with its predecessor. */
    id: number;
    owner: string;
    created_ms: number;
  };
  /** One row per key: the current object. */
  object: {
    bucket: number;
    key: string;
    size: number;
    etag: string;
    modified_ms: number;
    /** JSON of ObjectAttributes. */
    attributes: string;
    /** JSON of StoredChecksum. */
    checksum: string | null;
    /** The blob that holds the bytes, or, with a part count, the upload whose parts do. */
    data: string;
    part_count: number | null;
  };
  upload: {
    bucket: number;
    key: string;
    id: string;
    initiated_ms: number;
    owner: string;
    attributes: string;
    /** JSON of { algorithm, type }. */
    checksum: string | null;
  };
  /** Parts of unfinished uploads, and of the objects made from them. */
  part: {
    upload: string;
    number: number;
    blob: string;
    size: number;
    etag: string;
    modified_ms: number;
    /** Base64 of the part's own checksum. */
    checksum: string | null;
    /** First byte within the object; set when the upload is completed. */
    start: number | null;
  };
  /** What no row refers to any more and the data store still holds: an outbox, written with the change that caused it. */
  garbage: {
    /** A blob, or an upload whose parts are all garbage. */
    id: string;
    kind: 'blob' | 'parts';
    since_ms: number;
  };
};

export const { statement } = tablesOf<MetadataTables>();

export const migrations: readonly Migration[] = [
  (types) => [
    `create table bucket (
      name ${types.text} not null primary key,
      id ${types.integer} not null unique,
      owner ${types.text} not null,
      created_ms ${types.integer} not null
    ) ${types.clustered}`,
    `create table object (
      bucket ${types.integer} not null,
      key ${types.text} not null,
      size ${types.integer} not null,
      etag ${types.text} not null,
      modified_ms ${types.integer} not null,
      attributes ${types.text} not null,
      checksum ${types.text},
      data ${types.text} not null,
      part_count ${types.integer},
      primary key (bucket, key)
    ) ${types.clustered}`,
    `create table upload (
      bucket ${types.integer} not null,
      key ${types.text} not null,
      id ${types.text} not null,
      initiated_ms ${types.integer} not null,
      owner ${types.text} not null,
      attributes ${types.text} not null,
      checksum ${types.text},
      primary key (bucket, key, id)
    ) ${types.clustered}`,
    `create table part (
      upload ${types.text} not null,
      number ${types.integer} not null,
      blob ${types.text} not null,
      size ${types.integer} not null,
      etag ${types.text} not null,
      modified_ms ${types.integer} not null,
      checksum ${types.text},
      start ${types.integer},
      primary key (upload, number)
    ) ${types.clustered}`,
    `create table garbage (
      id ${types.text} not null primary key,
      kind ${types.text} not null,
      since_ms ${types.integer} not null
    ) ${types.clustered}`,
  ],
];
