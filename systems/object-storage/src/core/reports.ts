// What the storage tells of itself: how much there is, what upkeep did, what is damaged, where bytes lie.

import type { DrivesStats } from '../data/data-store.ts';
import type { EventQueueState } from './events/event-queues.ts';
import type { ObjectName } from './object-storage.ts';

export type ObjectStorageStats = {
  readonly buckets: number;
  readonly objects: number;
  readonly objectBytes: number;
  /** Noncurrent versions and delete markers. */
  readonly versions: number;
  readonly versionBytes: number;
  readonly uploads: number;
  /** In the data store, and how many of them the metadata store refers to: the others are garbage, orphans, or new. */
  readonly blobs: number;
  readonly referencedBlobs: number;
  /** Blobs that more than one object, version or part may name, because they were copied without moving bytes. */
  readonly sharedBlobs: number;
  readonly garbageBlobs: number;
  readonly damagedBlobs: number;
  /** Of damaged blobs from replicas, since the start. */
  readonly repairs: RepairProgress;
  readonly segments: number;
  readonly segmentBytes: number;
  readonly liveBytes: number;
  readonly deadBytes: number;
  readonly encryption: {
    readonly masterKeys: number;
    readonly lostMasterKeys: number;
    /** Keys of objects are being rewrapped under the newest one. */
    readonly rewrapping: boolean;
    /** Since the start. */
    readonly rewrappedKeys: number;
  };
  /** Of the pass under way, or of the last one. */
  readonly scrub: {
    readonly startedMs: number;
    readonly readBlobs: number;
    readonly readBytes: number;
    /** When the last pass was finished; 0 before the first. */
    readonly finishedMs: number;
  };
  /** Where there are several: then counts of blobs, segments and bytes are of all copies and shards. */
  readonly drives?: DrivesStats | undefined;
  /** Of every bucket with rules, how far the pass under way or the last one came, and what rules did there so far. */
  readonly lifecycle: readonly LifecycleProgress[];
  /** Of every storage class that has a place. */
  readonly storageClasses: readonly StorageClassStats[];
  /** One per target that events wait for. */
  readonly events: readonly EventQueueState[];
  /** One per destination that versions wait for. */
  readonly replication: readonly ReplicationQueueState[];
};

export type RepairProgress = {
  readonly repairedBlobs: number;
  readonly repairedBytes: number;
  readonly unrepairedBlobs: number;
  /** The first of them. */
  readonly unrepaired: readonly UnrepairedBlob[];
};

export type UnrepairedBlob = {
  readonly blob: string;
  /** What it belongs to. */
  readonly objects: readonly string[];
  readonly reason: string;
};

export type ReplicationQueueState = {
  /** An ARN. */
  readonly target: string;
  /** Whether it is there, or in the settings. */
  readonly known: boolean;
  readonly waiting: number;
  /** Since when the oldest waits; 0 when none does. */
  readonly oldestMs: number;
  /** Buckets whose existing objects are still to be looked at. */
  readonly passes: number;
  /** Of rounds since the last that went well, and what went wrong. */
  readonly failures: number;
  readonly failure?: string;
};

export type StorageClassStats = {
  readonly storageClass: string;
  readonly url: string;
  /** Versions whose bytes lie there, and their bytes. */
  readonly objects: number;
  readonly bytes: number;
  /** Versions that are to be moved there. */
  readonly waiting: number;
  /** Copies that are to be made of archived objects, and those that are there. */
  readonly restoring: number;
  readonly restored: number;
  /** Blobs that are to be removed there, or are being written. */
  readonly garbage: number;
  /** How often in a row the place could not be used by the background worker, and why. */
  readonly failures: number;
  readonly failure?: string;
};

export type LifecycleProgress = {
  readonly bucket: string;
  /** 0 before the first pass by the present rules. */
  readonly startedMs: number;
  readonly scannedRows: number;
  /** Where the pass under way is: among current objects, versions or uploads, behind this key. */
  readonly at?: { readonly stage: 'object' | 'version' | 'upload'; readonly key: string };
  /** When the last pass ended; 0 before the first. */
  readonly finishedMs: number;
  readonly expiredObjects: number;
  readonly expiredVersions: number;
  readonly removedMarkers: number;
  readonly abortedUploads: number;
  /** Versions that got another storage class, or are to be moved to its place. */
  readonly transitions: number;
  /** Due, and left alone when it came to it: changed meanwhile, locked, damaged, or to be moved anyway. */
  readonly skipped: number;
};

/** Of current objects unless it says otherwise; bytes as clients see them. */
export type BucketUsage = {
  readonly bucket: string;
  readonly owner: string;
  /** When the counting began. */
  readonly asOfMs: number;
  readonly objects: number;
  readonly bytes: number;
  readonly noncurrentVersions: number;
  readonly noncurrentBytes: number;
  readonly deleteMarkers: number;
  /** Unfinished. */
  readonly uploads: number;
  readonly uploadBytes: number;
};
export type UsagePage = {
  readonly buckets: readonly BucketUsage[];
  /** What to pass as `after` for the next page; undefined when this was the last. */
  readonly next: string | undefined;
};

export type GcReport = {
  /** Of what was replaced, deleted or aborted, and of what nothing ever referred to. */
  readonly garbageBlobs: number;
  readonly orphanBlobs: number;
  /** Of blobs that had to be copied out of segments. */
  readonly copiedBytes: number;
  /** Of segments that were removed. */
  readonly freedBytes: number;
  /** What kept it from doing all of its work. */
  readonly problems: readonly string[];
};

/** What `repairObjectStorage` did and found. */
export type RepairReport = {
  /** Where the old index was moved to, when SQLite could not read it. */
  readonly replacedIndex: string | undefined;
  readonly rottenIndexRows: number;
  /** Blobs that the index did not have, removed ones among them. */
  readonly recoveredBlobs: number;
  readonly countedSegments: number;
  /** Blobs that copies share whose count of rows was wrong. */
  readonly recountedShares: number;
  readonly orphanBlobs: number;
  readonly readBlobs: number;
  readonly readBytes: number;
  /** Why orphans were left alone. */
  readonly metadataProblems: readonly string[];
  /** Where there are several: their state, and what was healed. */
  readonly drives: DrivesStats | undefined;
  /** What was hurt, and has its bytes again. */
  readonly repaired: readonly RepairedObject[];
  /** What cannot be read any more, or not all of it. */
  readonly hurt: readonly (HurtObject & {
    /** Why no replica of it helped. */
    readonly unrepaired: string;
  })[];
};
/** `from`: ARN of the bucket that the bytes came from. */
export type RepairedObject = HurtObject & { readonly from: string };
export type HurtObject = {
  readonly bucket: string;
  readonly key: string;
  /** Of a noncurrent version. */
  readonly versionId?: string;
  /** Of an unfinished upload. */
  readonly uploadId?: string;
  readonly partNumber?: number;
  readonly detail: string;
};

/**
 * A blob of an object, in order, and the runs of blocks it lies in; no log when the data store does not have it. Of a moved
 * one the place in front of its id, and that place's URL when it is in the settings.
 */
export type Placement = {
  readonly blob: string;
  readonly place?: string;
  readonly sizeBytes: number;
  readonly log?: number;
  readonly runs: readonly { readonly segment: number; readonly position: number; readonly blocks: number }[];
};
export type ObjectInspection = ObjectName & {
  readonly versionId?: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
  readonly placements: readonly Placement[];
};

export type Finding = {
  readonly severity: 'damage' | 'notice';
  readonly where: string;
  readonly detail: string;
};
