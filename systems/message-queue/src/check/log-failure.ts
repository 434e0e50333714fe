// What keeps one log from being looked at, and is told of it: others are looked at all the same.

import { SegmentLogError } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import { PartitionError } from '../partition/partition.ts';

/** Also what the disk cannot read. A disk that is full, or denies, stops the whole command. */
export function isLogFailure(error: unknown): error is Error {
  return (
    error instanceof SegmentLogError ||
    error instanceof PartitionError ||
    (error instanceof DiskError && error.code === 'io')
  );
}
