// What a drive's error says: of one shard, of the drive, or of the program.

import { SqlError } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import { BlobDamagedError } from '../../data/data-store.ts';
import type { Slot } from '../set/slot.ts';

/** Another drive may have what this one could not give; anything else is a programmer's mistake. */
export function isDriveTrouble(error: unknown): boolean {
  return [BlobDamagedError, DiskError, SegmentLogError, SqlError].some((kind) => error instanceof kind);
}

/** Told of a shard that is not there or could not be read; `error` is undefined for one that is missing. */
export type OnTrouble = (trouble: {
  readonly blob: string;
  readonly slot: Slot;
  readonly error: unknown;
}) => void;
