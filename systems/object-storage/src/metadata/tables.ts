// The metadata tables. DESIGN.md, "Metadata", explains each column; migrations.ts makes them.

import { tablesOf } from '@cairn/engines';
import type { StorageClass } from '../core/object-storage.ts';

export type Versioning = 'enabled' | 'suspended';

/** What a row of an object and of a version of one share. */
type StoredObject = {
  bucket: number;
  key: string;
  size: number;
  etag: string;
  modified_ms: number;
  /** JSON of ObjectAttributes. */
  attributes: string;
  /** `checksumText`: of the checksum and the storage class. */
  checksum: string | null;
  part_count: number | null;
  /** 1: its blob may have other rows too, and `share` counts them. Null where it never had, and with a part count. */
  shared: number | null;
  /** Its id, and its place among the versions of its key: the newest sorts first (version-order.ts). */
  version: string;
  /** 1: its id is shown as `null`. A key has at most one of these. */
  null_version: number;
  /** Of what a listing shows; null in rows from before there were checksums. */
  listed_crc: number | null;
  /** Of the whole row, likewise. */
  row_crc: number | null;
};

export type MetadataTables = {
  bucket: {
    name: string;
    /** Random, never used again: a bucket that is made anew under an old name shares no row with its predecessor. */
    id: number;
    owner: string;
    created_ms: number;
    /** Null until it is enabled for the first time. */
    versioning: Versioning | null;
    row_crc: number | null;
    /** 1 while its configuration has a document `notification`; null in rows from before there were events too. */
    notifies: number | null;
    /** 1 while a quota bounds it, its own or its owner's: then it has a row in `bucket_usage`. */
    metered: number | null;
    /** 1 while its configuration has a document `replication`; likewise. */
    replicates: number | null;
  };
  /** What is set for a bucket: one document per kind of setting. */
  bucket_configuration: {
    bucket: number;
    name: string;
    document: string;
    row_crc: number;
  };
  /** Of each bucket with a document `lifecycle`, how far the lifecycle worker has come. */
  lifecycle: {
    bucket: number;
    /** JSON of LifecycleState. */
    state: string;
    row_crc: number;
  };
  /** One row per key: the current object. Without one the key has no version, or its newest is a delete marker. */
  object: StoredObject & {
    /** The blob that holds the bytes, or, with a part count, the upload whose parts do; of a moved one: moved-data.ts. */
    data: string;
  };
  /** Noncurrent versions, and all delete markers. */
  version: StoredObject & {
    /** As in `object`; null makes it a delete marker. */
    data: string | null;
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
    row_crc: number | null;
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
    /** Of an encrypted part: what its data key is derived with. */
    salt: string | null;
    /** As of an object. */
    shared: number | null;
    row_crc: number | null;
  };
  /** Of each blob that copies share, how many marked rows name it: sharing.ts. */
  share: {
    blob: string;
    holders: number;
    row_crc: number;
  };
  /** Master keys that keys of objects were ever wrapped under; the keys themselves are in a file. */
  master_key: {
    id: string;
    created_ms: number;
    fingerprint: string;
    /** 1: no key of an object is wrapped under an older master key. */
    rewrapped: number;
    row_crc: number;
  };
  /** Events that wait for delivery: an outbox, written with the change that they tell of. */
  event: {
    /** ARN of what it is delivered to. */
    target: string;
    /** Greater than those of all events before, of every target. */
    sequence: number;
    since_ms: number;
    /** JSON of StoredEvent. */
    event: string;
    row_crc: number;
  };
  /** One row, `event`: the last sequence that was given out. */
  event_sequence: {
    name: string;
    last: number;
    row_crc: number;
  };
  /** What a bucket that is metered holds, and its quota: quotas/usage-rows.ts. */
  bucket_usage: {
    bucket: number;
    bytes: number;
    objects: number;
    /** The last key that is counted; null when all are. */
    counted_to: string | null;
    bytes_max: number | null;
    objects_max: number | null;
    row_crc: number;
  };
  /** The sums of a user's buckets, and his quota. */
  user_usage: {
    owner: string;
    bytes: number;
    objects: number;
    bytes_max: number | null;
    objects_max: number | null;
    row_crc: number;
  };
  /** Versions that are to be moved to the place of a storage class: put into it, or due by a rule. */
  movement: {
    bucket: number;
    key: string;
    version: string;
    storage_class: StorageClass;
    /** `data` of the version as it is to be moved: another object in its place is not. */
    source: string;
    /** When it is to be tried, again. */
    due_ms: number;
    row_crc: number;
  };
  /** Copies of archived objects that were asked for. */
  restored: {
    /** `data` of the versions that they are of. */
    source: string;
    /** Whose worker makes it and takes it away. */
    storage_class: StorageClass;
    bucket: number;
    key: string;
    version: string;
    days: number;
    /** 0: it has yet to be made. */
    ready: number;
    /** Null while it is not made, and for bytes that have not left yet. */
    blob: string | null;
    /** When it is to be made, again; when it is ready, until when it stays. */
    due_ms: number;
    row_crc: number;
  };
  /** The outbox of places: moved blobs that no row refers to, also those that are being written and have no row yet. */
  placed_garbage: {
    /** As in `data` of a moved version. */
    id: string;
    since_ms: number;
  };
  /** Client tokens of renames that were done. */
  rename_token: {
    /** A digest, which names the bucket and who sent it too. */
    token: string;
    bucket: number;
    /** A digest of what was asked for. */
    request: string;
    /** The version that was made, as its client was told. */
    version_id: string | null;
    at_ms: number;
    row_crc: number;
  };
  /** Versions that wait for being replicated: an outbox, written with the change that they wait for. */
  replication: {
    /** ARN of the destination. */
    target: string;
    bucket: number;
    key: string;
    /** Its place among the versions of the key. */
    version: string;
    /** Counts the changes that the row stands for: who brought an older one there leaves it. */
    changes: number;
    /** When the first of them happened. */
    since_ms: number;
    /** An upload to the destination that is under way: JSON of what is needed to go on with it. */
    progress: string | null;
    row_crc: number;
  };
  /** Buckets whose existing objects are still to be looked at for a destination. */
  replication_pass: {
    target: string;
    bucket: number;
    /** Behind which key it goes on. */
    after: string;
    row_crc: number;
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
