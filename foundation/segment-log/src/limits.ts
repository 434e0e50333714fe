// Every constant of the segment log, with its unit. The relations between them are asserted below.

import assert from 'node:assert/strict';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const gibibyte = 1024 * mebibyte;

/** Bytes at the start of every segment file, before its first record. */
export const segmentHeaderBytes = 64;

/** Bytes that every record takes besides its payload. */
export const recordHeaderBytes = 32;

/** A record is verified and handed over whole, so this bounds the memory of recovery. */
export const recordPayloadBytesMax = 64 * mebibyte;

/** Headers included. A batch is contiguous in one segment, so it may take a segment past `segmentBytesMax`. */
export const batchBytesMax = gibibyte;

/** The largest `segmentBytesMax` that may be asked for: positions are 32 bits wide on disk. */
export const segmentBytesLimit = 2 * gibibyte;

/** File names have twelve digits. */
export const segmentNumberMax = 999_999_999_999;

/** How much a scan reads at once; a larger record is read whole. */
export const pieceBytes = mebibyte;

/** Where a piece cannot be read, it is read in blocks of these: less than a page is not read from a disk, so not failed either. */
export const unreadableBlockBytes = 4 * kibibyte;

/** A block counts as unreadable when so many reads of it in a row ended with EIO. */
export const unreadableReadTries = 3;

/** More than a bad place: from here on a walk fails, so that a disk that has died costs minutes and no days. */
export const unreadableBlocksMax = 256;

/** Segment files kept open for reading by one log, besides the one that is written. */
export const openSegmentsMax = 64;

/** Batches that wait for the disk together are gathered into one write up to these. */
export const gatherBytesMax = 8 * mebibyte;
export const gatherRecordsMax = 1024;

/** Payload that one call of `readNow` may ask for; the blueprint's bound for synchronous reads. */
export const readNowPayloadBytesMax = 64 * kibibyte;
/** The same of `readCached`: four blocks of 64 KiB with their owner's headers. */
export const readCachedPayloadBytesMax = 260 * kibibyte;
/** Into less memory nothing is read that way (`readCached` of @cairn/native). */
export const cachedReadBytesMin = 4 * kibibyte;

/** A write that may be made on the calling thread, and what of such writes may be unsynced within a second. */
export const promptWriteBytesMax = 64 * kibibyte;
export const promptWriteBytesPerSecond = 4 * mebibyte;
/** One that takes longer than this was held up: for a while others are made elsewhere, twice as long when the next is, too. */
export const promptWriteMsMax = 2;
export const promptWritePauseMsMin = 100;
export const promptWritePauseMsMax = 10_000;

/** A file is written ahead with zeros by at most this, where it serves at least so many syncs like the last one. */
export const preallocatedBytesMax = 256 * kibibyte;
export const preallocatedSyncsMin = 8;

/** Segments whose headers are read at the same time when a log is opened. */
export const surveyConcurrency = 16;

const positionLimit = 2 ** 32;
assert(
  segmentBytesLimit + batchBytesMax + recordHeaderBytes < positionLimit,
  'a position must fit its 32 bits',
);
assert(recordPayloadBytesMax + recordHeaderBytes <= batchBytesMax, 'every record must fit a batch');
assert(pieceBytes > recordHeaderBytes, 'a piece must hold a header');
