// How the metadata tables came to be. Migration N takes a store from version N - 1 to N; a released one is never edited.

import type { ColumnTypes, Migration } from '@cairn/engines';

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
  addVersions,
  addBucketConfiguration,
  addEncryption,
  addLifecycle,
  addEvents,
  addQuotas,
  addShares,
  addTransition,
  addReplication,
  addRenameTokens,
];

/** Versions beside the current objects, checksums of rows, and a shorter form of objects' checksums. */
function addVersions(types: ColumnTypes): readonly string[] {
  return [
    `alter table bucket add column versioning ${types.text}`,
    `alter table object add column version ${types.text} not null default '~'`,
    `alter table object add column null_version ${types.integer} not null default 1`,
    `alter table object add column listed_crc ${types.integer}`,
    ...['bucket', 'object', 'upload', 'part'].map(
      (table) => `alter table ${table} add column row_crc ${types.integer}`,
    ),
    `create table version (
      bucket ${types.integer} not null,
      key ${types.text} not null,
      version ${types.text} not null,
      null_version ${types.integer} not null,
      size ${types.integer} not null,
      etag ${types.text} not null,
      modified_ms ${types.integer} not null,
      attributes ${types.text} not null,
      checksum ${types.text},
      data ${types.text},
      part_count ${types.integer},
      listed_crc ${types.integer},
      row_crc ${types.integer},
      primary key (bucket, key, version)
    ) ${types.clustered}`,
    'create unique index version_null on version (bucket, key) where null_version = 1',
    ...shorterChecksums(),
  ];
}

/** What is set for a bucket besides versioning. */
function addBucketConfiguration(types: ColumnTypes): readonly string[] {
  return [
    `create table bucket_configuration (
      bucket ${types.integer} not null,
      name ${types.text} not null,
      document ${types.text} not null,
      row_crc ${types.integer} not null,
      primary key (bucket, name)
    ) ${types.clustered}`,
  ];
}

/** What the data key of an encrypted part is derived with, and which master keys wrap keys of objects. */
function addEncryption(types: ColumnTypes): readonly string[] {
  return [
    `alter table part add column salt ${types.text}`,
    `create table master_key (
      id ${types.text} not null primary key,
      created_ms ${types.integer} not null,
      fingerprint ${types.text} not null,
      rewrapped ${types.integer} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
  ];
}

/** How far the lifecycle worker has come. */
function addLifecycle(types: ColumnTypes): readonly string[] {
  return [
    `create table lifecycle (
      bucket ${types.integer} not null primary key,
      state ${types.text} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
  ];
}

/** The outbox of events, and which buckets want any. */
function addEvents(types: ColumnTypes): readonly string[] {
  return [
    `alter table bucket add column notifies ${types.integer}`,
    `create table event (
      target ${types.text} not null,
      sequence ${types.integer} not null,
      since_ms ${types.integer} not null,
      event ${types.text} not null,
      row_crc ${types.integer} not null,
      primary key (target, sequence)
    ) ${types.clustered}`,
    `create table event_sequence (
      name ${types.text} not null primary key,
      last ${types.integer} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
  ];
}

/** What quotas bound, and which buckets are counted for one. */
function addQuotas(types: ColumnTypes): readonly string[] {
  return [
    `alter table bucket add column metered ${types.integer}`,
    `create table bucket_usage (
      bucket ${types.integer} not null primary key,
      bytes ${types.integer} not null,
      objects ${types.integer} not null,
      counted_to ${types.text},
      bytes_max ${types.integer},
      objects_max ${types.integer},
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
    `create table user_usage (
      owner ${types.text} not null primary key,
      bytes ${types.integer} not null,
      objects ${types.integer} not null,
      bytes_max ${types.integer},
      objects_max ${types.integer},
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
  ];
}

/** Blobs that more than one row names. The indexes hold marked rows only: who never copies pays nothing for them. */
function addShares(types: ColumnTypes): readonly string[] {
  return [
    ...['object', 'version', 'part'].map(
      (table) => `alter table ${table} add column shared ${types.integer}`,
    ),
    `create table share (
      blob ${types.text} not null primary key,
      holders ${types.integer} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
    'create index object_shared on object (data) where shared = 1',
    'create index version_shared on version (data) where shared = 1',
    'create index part_shared on part (blob) where shared = 1',
  ];
}

/** Objects at the places of storage classes. */
function addTransition(types: ColumnTypes): readonly string[] {
  return [
    `create table movement (
      bucket ${types.integer} not null,
      key ${types.text} not null,
      version ${types.text} not null,
      storage_class ${types.text} not null,
      source ${types.text} not null,
      due_ms ${types.integer} not null,
      row_crc ${types.integer} not null,
      primary key (bucket, key, version)
    ) ${types.clustered}`,
    'create index movement_due on movement (storage_class, due_ms)',
    `create table restored (
      source ${types.text} not null primary key,
      storage_class ${types.text} not null,
      bucket ${types.integer} not null,
      key ${types.text} not null,
      version ${types.text} not null,
      days ${types.integer} not null,
      ready ${types.integer} not null,
      blob ${types.text},
      due_ms ${types.integer} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
    'create index restored_due on restored (storage_class, due_ms)',
    `create table placed_garbage (
      id ${types.text} not null primary key,
      since_ms ${types.integer} not null
    ) ${types.clustered}`,
  ];
}

/** The outbox of replication, which buckets want any, and how far the passes through existing objects are. */
function addReplication(types: ColumnTypes): readonly string[] {
  return [
    `alter table bucket add column replicates ${types.integer}`,
    `create table replication (
      target ${types.text} not null,
      bucket ${types.integer} not null,
      key ${types.text} not null,
      version ${types.text} not null,
      changes ${types.integer} not null,
      since_ms ${types.integer} not null,
      progress ${types.text},
      row_crc ${types.integer} not null,
      primary key (target, bucket, key, version)
    ) ${types.clustered}`,
    `create table replication_pass (
      target ${types.text} not null,
      bucket ${types.integer} not null,
      after ${types.text} not null,
      row_crc ${types.integer} not null,
      primary key (target, bucket)
    ) ${types.clustered}`,
  ];
}

/** Client tokens of renames, which one looks up by itself and forgets by age. */
function addRenameTokens(types: ColumnTypes): readonly string[] {
  return [
    `create table rename_token (
      token ${types.text} not null primary key,
      bucket ${types.integer} not null,
      request ${types.text} not null,
      version_id ${types.text},
      at_ms ${types.integer} not null,
      row_crc ${types.integer} not null
    ) ${types.clustered}`,
    'create index rename_token_age on rename_token (at_ms)',
  ];
}

/** From JSON, whose members came in two orders, to `algorithm TYPE value`: a page of a listing has a thousand of them. */
function shorterChecksums(): string[] {
  const algorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'];
  const singlePuts = algorithms.map((algorithm) => {
    const [start, end] = [`{"algorithm":"${algorithm}","value":"`, '","type":"FULL_OBJECT"}'];
    const value = `replace(replace(checksum, '${start}', ''), '${end}', '')`;
    return `update object set checksum = '${algorithm} FULL_OBJECT ' || ${value} where checksum like '${start}%${end}'`;
  });
  const pieces = [
    ['{"algorithm":"', ''],
    ['","type":"', ' '],
    ['","value":"', ' '],
    ['"}', ''],
  ] as const;
  const completed = pieces.reduce(
    (text, [piece, replacement]) => `replace(${text}, '${piece}', '${replacement}')`,
    'checksum',
  );
  return [...singlePuts, `update object set checksum = ${completed} where checksum like '{"algorithm":"%'`];
}
