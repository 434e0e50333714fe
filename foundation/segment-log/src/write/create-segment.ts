// Makes a segment file: header written and synced under a temporary name, then renamed, then the folder synced. So a
// segment's name stands for a durable header, and for a predecessor that was synced before.

import { type Disk, DiskError, type DiskFile } from '@cairn/world';
import { encodeSegmentHeader, type SegmentHeader } from '../format/segment-header.ts';
import { segmentName, unfinishedName } from '../format/segment-name.ts';
import { SegmentLogError } from '../segment-log-error.ts';

/**
 * Resolves with the open file, durably named. Rejects with DiskError when nothing was made and the log can go on, with
 * SegmentLogError `write-failed` when the name may or may not exist: then nothing may be written before it any more.
 */
export async function createSegment(disk: Disk, directory: string, header: SegmentHeader): Promise<DiskFile> {
  const unfinished = `${directory}/${unfinishedName(header.segment)}`;
  try {
    await writeHeader(disk, unfinished, header);
    return await giveName(disk, { from: unfinished, directory, segment: header.segment });
  } catch (error) {
    // What cannot be cleaned up here is removed when the log is opened next.
    if (error instanceof DiskError) await disk.remove(unfinished).catch(() => undefined);
    throw error;
  }
}

async function writeHeader(disk: Disk, path: string, header: SegmentHeader): Promise<void> {
  const file = await openNew(disk, path);
  try {
    await file.write([encodeSegmentHeader(header)], 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A file left over from an attempt that failed or crashed is made anew. */
async function openNew(disk: Disk, path: string): Promise<DiskFile> {
  try {
    return await disk.open(path, 'create');
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'exists') throw error;
    await disk.remove(path);
    return disk.open(path, 'create');
  }
}

async function giveName(
  disk: Disk,
  { from, directory, segment }: { from: string; directory: string; segment: number },
): Promise<DiskFile> {
  const path = `${directory}/${segmentName(segment)}`;
  try {
    await disk.rename(from, path);
  } catch (cause) {
    // POSIX: a rename that fails has not happened, unless it fails with EIO.
    if (cause instanceof DiskError && cause.code !== 'io') throw cause;
    throw new SegmentLogError('write-failed', { attempt: 'create', segment, cause });
  }
  try {
    await disk.syncDirectory(directory);
    return await disk.open(path, 'write');
  } catch (cause) {
    throw new SegmentLogError('write-failed', { attempt: 'sync the folder of', segment, cause });
  }
}
