// Every constant of object storage, with its unit, and how they depend on each other.

import assert from 'node:assert/strict';

const KiB = 1024;
const MiB = 1024 * KiB;
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
/** Blocks that a download reads at once; this is its memory. */
export const readBatchBlocks = 4;
/** Buffers of that size kept for the next download. */
export const readBuffersKeptMax = 64;

/** What may be read on the thread that serves sockets, record headers included: the blueprint's bound. */
export const readNowBytesMax = 64 * KiB;

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
export const indexFlushDelayMs = 25;

/** Blobs that one pass of the garbage worker removes, and how long it rests when there was nothing to do. */
export const garbageBatchBlobs = 1_000;
export const garbageIdleMs = 1_000;

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
assert(segmentBytesMaxDefault <= segmentBytesMaxHighest);
assert(indexBatchMax <= indexPendingMax);
assert(partNumberMax * partBytesMin <= objectBytesMax);
