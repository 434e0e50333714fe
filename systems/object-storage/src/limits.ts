// Every constant of object storage, with its unit, and how they depend on each other.

import assert from 'node:assert/strict';

const KiB = 1024;
const MiB = 1024 * KiB;
export const bytesPerMiB = MiB;
const GiB = 1024 * MiB;
const TiB = 1024 * GiB;

// What the segment log decides is written down here again, and compared in limits.test.ts: the index's threads need these
// numbers, and would load the whole log for them.

/** Of every record, `recordHeaderBytes` of the segment log. */
export const recordHeaderBytes = 32;

/** Unit of checksums: what a read of one byte has to read and verify. */
export const blockBytesMax = 64 * KiB;
/** Blocks that an upload gathers before it writes them at once; twice this is its memory. */
export const writeBatchBlocks = 4;
/**
 * Blobs of one record that are written and synced together, at most; how long turns of the loop gather more of them; and how long
 * more are gathered while a batch of so many is on its way through the metadata store.
 */
export const smallBatchBytes = 1 * MiB;
/** All of them go on in one turn of the loop. */
export const smallBatchBlobs = 256;
export const smallBatchGatherMs = 4;
export const smallBatchHeldBlobs = 8;
export const smallBatchHoldMs = 20;
/**
 * How long those are waited for who were answered then; and behind how many batches they are not, when fewer than half of
 * them brought more.
 */
export const smallBatchReturnMs = 3;
export const smallBatchReturnsPassed = 16;
/**
 * Of a blob that is being written, the last bytes that somebody may still look at: what was given before may change. Two
 * batches, a block more and one that fills up; with several drives what waits for each besides; and one piece of a body.
 */
export const writeLookBackBytes = 2 * MiB;
/** A piece of a body as it is received: a slab of the HTTP server. */
const receivedPieceBytesMax = 256 * KiB;
/** Blocks that a download reads at once; it holds as many more that it reads ahead. */
export const readBatchBlocks = 4;
/**
 * A last block of so much goes along with those before it: encryption leaves 272 bytes of 1 MiB behind full blocks, 3 KiB of
 * 12 MiB, which as a read, a chunk and a turn of their own would cost nearly as much as a full one.
 */
export const readTailBytesMax = 3 * KiB;
/** Buffers of that size kept for the next download. */
export const readBuffersKeptMax = 64;
/** Frames of 64 KiB of encrypted uploads kept for the next: 16 MiB. What comes back beyond is left to the collector. */
export const frameBuffersKeptMax = 256;
/** The same where there are several drives: a download under 8+4 uses 16. 40 MiB. */
export const drivesReadBuffersKeptMax = 160;

/** What may be read on the thread that serves sockets, record headers included: the blueprint's bound. */
export const readNowBytesMax = 64 * KiB;

/**
 * Of these, what is answered at once is read into memory that is used again, where it is no more than this: it is sent in one
 * piece with its head. And so many answers wait for their turn with memory that is kept.
 */
export const smallReadBytesMax = 16 * KiB;
export const smallReadsKeptMax = 64;

/** A segment is sealed at about this size. Settable: `object-storage.data.segmentBytesMax`. */
export const segmentBytesMaxDefault = 2 * GiB;
export const segmentBytesMaxLowest = 1 * MiB;
/** `segmentBytesLimit` of the segment log. */
export const segmentBytesMaxHighest = 2 * GiB;
/** One log per core, at most this many. Settable: `object-storage.data.writers`. */
export const writersMax = 16;

/** Index entries that wait for being written behind; more make writers wait. */
export const indexPendingMax = 20_000;
/** Entries per transaction of the index. */
export const indexBatchMax = 2_000;
/** How long entries gather before they are written. Recovery finds in the segments what a crash takes of them. */
export const indexFlushDelayMs = 100;

/** Blobs that `readNowBytesMax` allows, of which the bytes are kept. Settable: `object-storage.data.smallBlobBytesMax`. */
export const smallBlobBytesMaxDefault = 32 * MiB;

/**
 * Places of blobs kept for reads without a lookup: of those that lie in one run, for which two tables of 65,536 slots of 50 bytes
 * are two thirds full, and of the others, about 200 bytes each.
 */
export const oneRunPlacesCachedMax = 86_000;
export const placesCachedMax = 32_768;
/** All drives of a machine together keep so many times that: a blob under 8+4 that is read has eight places. */
export const drivesPlacesParts = 8;

/** Compaction reads so much of a segment before it copies what lives there, in one write and one index transaction. */
export const copyBatchBytes = 1 * MiB;
export const copyBatchRecords = 512;
/** From a removal to the look at what can be compacted: more removals join. */
export const compactionDelayMs = 1_000;
/** After a full disk or another failure. */
export const compactionRetryMs = 60_000;
/**
 * A segment with this part of dead bytes is emptied: at a half, every byte copied gives one byte back, and a store takes
 * at most twice what lives in it. Settable: `object-storage.data.compactionDeadFraction`.
 */
export const compactionDeadFractionDefault = 0.5;
/** Below this nine bytes would be copied for one that comes back. */
export const compactionDeadFractionLowest = 0.1;
/** A quarter of it while uploads are under way. Settable: `object-storage.data.compactionBytesPerSecond`. */
export const compactionBytesPerSecondDefault = 64 * MiB;

/** Free space that uploads leave to deletes and compaction. Settable: `object-storage.data.reserveBytes`. */
export const reserveBytesDefault = 256 * MiB;

/**
 * In which everything is read once: as usual for disks (ZFS and RAID scrub monthly), 5 TB then cost 2 MB/s. Settable:
 * `object-storage.data.scrubPeriodDays`.
 */
export const scrubPeriodDaysDefault = 30;
/** About a second: for tests and benchmarks, in which the scrubber is to be always behind. */
export const scrubPeriodDaysLowest = 0.000_01;
export const dayMs = 24 * 60 * 60 * 1_000;
/** At most, when it is behind. Settable: `object-storage.data.scrubBytesPerSecond`. */
export const scrubBytesPerSecondDefault = 32 * MiB;
/**
 * What the scrubber's pace counts for a blob besides its bytes: to look it up and open it, where it is alone, takes as much
 * CPU as to read this. Small blobs, 4,000 a second by their bytes alone, would take a third of a core.
 */
export const scrubBlobCostBytes = 64 * KiB;
/** Blobs between two notes of how far the scrubber has come, and the longest it rests without looking up. */
export const scrubPageBlobs = 64;
export const scrubRestMsMax = 60_000;

export const dataStoreDefaults = {
  reserveBytes: reserveBytesDefault,
  compactionDeadFraction: compactionDeadFractionDefault,
  compactionBytesPerSecond: compactionBytesPerSecondDefault,
  scrubPeriodMs: scrubPeriodDaysDefault * dayMs,
  scrubBytesPerSecond: scrubBytesPerSecondDefault,
  smallBlobBytesMax: smallBlobBytesMaxDefault,
} as const;

/** How often it is looked whether a drive is still there, or back. */
export const driveProbeMs = 2_000;
/** A drive that fails again and again is left alone for so long. */
export const driveRetryMsMax = 10 * 60_000;
/** How long a drive may take to answer a call before it counts as gone. Settable: `object-storage.data.driveTimeoutSeconds`. */
export const driveAnswerMsDefault = 30_000;
/** Calls of a drive's files at a time where there are others: half of libuv's threads, so that one that hangs has not all. */
export const driveCallsMax = 2;
/** Folders of one set; more shards than 255 cannot be computed. */
export const drivesMax = 255;
/** Units that a drive may still write from when it takes the next: one batch under way, one gathering (blob-writer.ts). */
export const shardUnitsHeldMax = 2 * writeBatchBlocks + 3;
/**
 * Of buffers of whole stripes that are kept for the next upload: what seven uploads under 8+4 are written with. With fewer,
 * making buffers anew and collecting them costs as much as all else of a put.
 */
export const stripeBytesKeptMax = 64 * MiB;
/** Units of 64 KiB, or pieces of what is copied, that wait for a drive before the upload waits. */
export const shardUnitsWaitingMax = 2;
/** Trailers of shards that are remembered, of all drives together: eight of each blob that is read under 8+4. */
export const knownTrailersMax = 128 * 1024;
/** Settable: `object-storage.data.healBytesPerSecond`. A quarter of it while uploads are under way. */
export const healBytesPerSecondDefault = 64 * MiB;
/** Blobs of one drive that a page of a healing pass lists. */
export const healingPageBlobs = 1_000;
/** Blobs that wait for healing because a read or a write told of them; more are found by the next pass. */
export const healingQueueMax = 10_000;
/** Blobs that one page of a merged list takes from each drive. */
export const listMaxBlobs = 2_000;
export const checkedPageBlobs = 500;
export const healingIdleMs = 1_000;
export const healingPlaceEveryMs = 10_000;
export const healingPassEveryMs = dayMs;
/** How long a pass waits for the search for orphans when a drive came back. */
export const healingWaitMsMax = 10 * 60_000;

/** Blobs that one search for orphans holds against all references: 18 bytes each. */
export const orphanBatchBlobs = 4_000_000;
/** References that one read transaction looks at, and blobs of the index that one lists. */
export const referencePageRows = 2_000;
/** From the start to the search for what a crash left: a commit that a lost connection left under way is over by then. */
export const orphanDelayMs = 10_000;
/** After a search that failed or was refused. */
export const orphanRetryMs = 10 * 60_000;

/** Blobs remembered for removal after the metadata store failed; more are left to the search for orphans. */
export const discardedBlobsMax = 10_000;

/**
 * Blobs that one batch of the garbage worker removes: a millisecond of each thread that has to do with it, which may be in
 * the way of clients for so long. And how long it rests when there was nothing to do.
 */
export const garbageBatchBlobs = 100;
export const garbageIdleMs = 1_000;

/**
 * Rows that one step of a rotation of the master key looks at, and how long it rests after a failure. Their keys are wrapped
 * in one turn of the event loop, which others share: 6 ms.
 */
export const rewrapPageRows = 100;
export const rewrapRetryMs = 10_000;
/** Unfinished uploads that one transaction removes when their bucket is deleted. */
export const uploadsDroppedAtOnce = 500;
/**
 * How long a rename's client token is remembered at least: clients that retry do so within minutes. A thousand renames a
 * second leave four million. And how many one rename takes away, when it takes any.
 */
export const renameTokenMs = 3_600_000;
export const renameTokensForgottenAtOnce = 32;
/** Characters of a client token. */
export const clientTokenCharactersMax = 64;
/** Rows that one page of a lifecycle pass reads, a millisecond of its thread, and how fast it goes on: a million objects in 20 s. */
export const lifecyclePageRows = 200;
/** Pages on which nothing is due that a crash may make it read again: a place that is kept costs a sync. */
export const lifecyclePagesUnkept = 100;
export const lifecycleRowsPerSecond = 50_000;
/** Deletions per transaction, of which three quarters are the sync and what leads to it: a put behind one waits for 2 ms. */
export const lifecycleBatch = 40;
/** A million objects expire in 17 minutes. Settable: `object-storage.lifecycle.deletionsPerSecond`. */
export const lifecycleDeletionsPerSecondDefault = 1_000;
/** Between two looks for rules that changed, and for midnight. */
export const lifecycleRestMsMax = 60_000;
/** Operations of clients from which on they are many: lifecycle passes then go at a tenth of their pace. */
export const busyOperationsPerSecond = 100;
export const lifecycleDefaults = {
  dayMs,
  deletionsPerSecond: lifecycleDeletionsPerSecondDefault,
} as const;

/** What the worker of a place looks at in one round, and how many objects it moves at once: an S3 takes 32 MiB for each. */
export const placeBatchRows = 64;
export const transitionsAtOnce = 2;
export const placeIdleMs = 1_000;
/** How long a place is left alone that is away: at first, and at most. */
export const placeRetryMsMin = 1_000;
export const placeRetryMsMax = 60_000;
/** The same of an object that could not be moved or restored by itself. */
export const placeItemRetryMs = 10 * 60_000;
/** Between two looks for times that a clock which was ahead has written, where nothing tells that it was. */
export const placeLateEveryMs = 60 * 60_000;
/** To and from all places together. Settable: `object-storage.lifecycle.transitionBytesPerSecond`. */
export const transitionBytesPerSecondDefault = 64 * MiB;

/** Events in one delivery: a webhook's body is at most half a MiB, as a key has 1,024 bytes. */
export const eventBatchRows = 100;
/** From a look that found no event to the next. Requests that cause one end the rest. */
export const eventIdleMs = 1_000;
/** The same where nothing delivers events. */
export const eventSinklessIdleMs = 60 * 60_000;
/** How long a target is left alone that failed: at first, and at most. */
export const eventRetryMsMin = 1_000;
export const eventRetryMsMax = 60_000;
/** Settable: `object-storage.events.webhooks.NAME.timeoutSeconds`. */
export const webhookTimeoutSecondsDefault = 10;
export const webhookTimeoutSecondsLowest = 0.1;
export const webhookTimeoutSecondsHighest = 300;
/** How long events wait for a target that is not there, before they are dropped, so many at a time. */
export const unknownTargetMs = 7 * dayMs;
/** And from when on after a start, however long the pause before it was: other systems' sinks come later. */
export const unknownTargetMissedMs = 10 * 60_000;
export const eventDropRows = 1_000;
/** Targets that one look at the outbox lists, and how often what waits is counted while any does. */
export const eventTargetsPage = 100;
/** From one page of targets to the next. */
export const eventTargetsPageRestMs = 5;
/** How long a target that is not there is not asked about again. */
export const unknownTargetIdleMs = 10_000;
export const eventMeasuredEveryMs = 10_000;
/** Nobody delivers events unless it is said. */
export const eventDefaults = { sinks: [], region: 'us-east-1' } as const;

/** Rows that one page of a measure of usage reads, and of a count for a quota, which makes puts wait a millisecond. */
export const usagePageRows = 5_000;
export const usageCountRows = 1_000;
export const usageCountRetryMs = 10_000;
/** Buckets that one answer tells the usage of. */
export const usageBucketsMax = 100;
/** How often usage is measured for the metrics, how fast, and of how many buckets each has its own. */
export const usageScanSecondsDefault = 60 * 60;
export const usageRowsPerSecond = 50_000;
export const usageBucketsShownMax = 1_000;
export const usageDefaults = { scanEveryMs: usageScanSecondsDefault * 1_000 } as const;
/** Keys that are replicated to one destination at a time: what is read of large objects is held once for each. */
export const replicationConcurrency = 8;
export const replicationPageRows = 200;
/** Keys that one transaction of a pass through existing objects looks at. */
export const replicationPassKeys = 20;
/** Versions of different keys that fail one after the other before a destination counts as not well. */
export const replicationFailuresMax = 16;
/** Keys of one round that failed, or wait, and are remembered until its end. */
export const replicationBlockedMax = 1_000;
/** Between two looks for what waits, and how long a destination is left alone that failed: at first, and at most. */
export const replicationIdleMs = 1_000;
export const replicationRetryMsMin = 1_000;
export const replicationRetryMsMax = 60_000;
export const replicationMeasuredEveryMs = 10_000;

/** Between two looks for blobs that were found damaged, and how many one scan of all rows looks for. */
export const repairIdleMs = 10_000;
export const repairBlobsAtOnce = 1_000;
/** Between two pages of that scan. */
export const hurtScanRestMs = 20;
/** How long a blob is left alone that could not be repaired: at first, and at most. */
export const repairRetryMsMin = 60_000;
export const repairRetryMsMax = 6 * 60 * 60_000;
/** Rows of copies that one transaction gives another blob. */
export const replacedRowsAtOnce = 200;
/** Blobs that could not be repaired, as `stats` shows them; more are counted. */
export const unrepairedShownMax = 100;

/** Buckets whose settings are remembered, and for how long when other processes change them too. */
export const bucketConfigurationsMax = 10_000;
/** Characters of all their documents. What is made of a policy may be thirty times as large as its text. */
export const bucketConfigurationCharactersMax = 8 * MiB;
export const sharedConfigurationLifetimeMs = 2_000;

/** Of rows of objects that are remembered: 75,000 usual ones, 350 bytes each. */
export const knownObjectCharactersMax = 24 * MiB;
/** Of these so many, asked for again and again, are kept with what is made of them, about 1 KiB each. */
export const unpackedObjectsMax = 8_192;
/** Buckets that these may be of; with more all of it is forgotten. */
export const knownBucketsMax = 20_000;

/** From here on Amazon S3's quotas: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const keyBytesMax = 1_024;
export const userMetadataBytesMax = 2 * KiB;
export const putBytesMax = 5 * GiB;
export const objectBytesMax = 5 * TiB;
export const partBytesMin = 5 * MiB;
export const partBytesMax = 5 * GiB;
export const partNumberMax = 10_000;
export const listKeysMax = 1_000;
export const deleteKeysMax = 1_000;
export const bucketNameLengthMin = 3;
export const bucketNameLengthMax = 63;

assert(
  writeBatchBlocks * blockBytesMax < segmentBytesMaxLowest,
  'a batch has to fit into the smallest segment',
);
assert(
  // Copies are not cut into units: pieces wait for each drive, one fills blocks, and one is being given out.
  shardUnitsHeldMax * blockBytesMax + (shardUnitsWaitingMax + 2) * receivedPieceBytesMax <=
    writeLookBackBytes,
  'what is being written is looked at',
);
assert(segmentBytesMaxDefault <= segmentBytesMaxHighest);
assert(indexBatchMax <= indexPendingMax);
assert(partNumberMax * partBytesMin <= objectBytesMax);
