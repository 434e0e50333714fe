// What a partition knows besides its batches, at one place of its log: from there on recovery reads headers of batches.
//
// One line `cairn-partition 1 CRC`, then JSON; the CRC-32C in hexadecimal is that of the JSON. Derived from the log but for
// `startOffset`, which DeleteRecords raises: a checkpoint that is lost makes deleted records of the first segment readable
// again, until they are deleted again.

import { crc32c } from '@cairn/hashing';
import type { RecordLocation } from '@cairn/segment-log';
import type { Disk } from '@cairn/world';
import { z } from 'zod';
import { readDerivedFile } from './small-files.ts';

export const checkpointName = 'checkpoint';
/** The same, where segments leave the disk for the blobs engine: should one rot, they need not be read there. */
export const secondCheckpointName = 'checkpoint.second';

const offset = z.int().min(0);
const producer = z.strictObject({
  producerId: z.int(),
  producerEpoch: z.int(),
  batches: z.array(
    z.strictObject({
      firstSequence: z.int(),
      lastSequence: z.int(),
      baseOffset: offset,
      timestampMs: z.int(),
    }),
  ),
  coordinatorEpoch: z.int(),
  lastTimestampMs: z.int(),
  lastSeenMs: z.number(),
  transactionFirstOffset: offset.optional(),
});
const undecidedTransaction = z.strictObject({
  producerId: z.int(),
  producerEpoch: z.int(),
  firstOffset: offset,
  lostFrom: offset,
});
const abortedTransaction = z.strictObject({ producerId: z.int(), firstOffset: offset, markerOffset: offset });
const content = z.strictObject({
  startOffset: offset,
  /** Behind the last batch that this knows. */
  endOffset: offset,
  /** From where on there are only batches without records. */
  emptyFrom: offset.optional(),
  segment: z.int().min(0),
  position: z.int().min(0),
  /** When the first batch came into that segment, by the broker's clock. */
  segmentSinceMs: z.number().optional(),
  leaderEpochs: z.array(z.strictObject({ leaderEpoch: z.int(), startOffset: offset })),
  producers: z.array(producer),
  abortedTransactions: z.array(abortedTransaction),
  /** Absent where there are none, as before there could be any. */
  undecided: z.array(undecidedTransaction).optional(),
});

export type Checkpoint = z.output<typeof content>;
export type AbortedTransaction = z.output<typeof abortedTransaction>;
export type LeaderEpochStart = Checkpoint['leaderEpochs'][number];

export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
  const json = Buffer.from(JSON.stringify(checkpoint));
  return Buffer.concat([Buffer.from(`cairn-partition 1 ${crc32c(json).toString(16)}\n`), json]);
}

/** Undefined for what is missing, or cannot be read, too. */
export async function readCheckpoint(disk: Disk, path: string): Promise<Checkpoint | undefined> {
  const bytes = await readDerivedFile(disk, path);
  return bytes === undefined ? undefined : decodeCheckpoint(bytes);
}

/** Undefined for what is not a whole and sound checkpoint of this version. */
export function decodeCheckpoint(bytes: Buffer): Checkpoint | undefined {
  const end = bytes.indexOf('\n');
  const match = /^cairn-partition 1 ([0-9a-f]+)$/.exec(bytes.toString('latin1', 0, Math.max(end, 0)));
  const json = bytes.subarray(end + 1);
  if (match === null || Number.parseInt(match[1]!, 16) !== crc32c(json)) return undefined;
  return content.safeParse(JSON.parse(json.toString())).data;
}

export function locationOf(checkpoint: Checkpoint): RecordLocation {
  return { segment: checkpoint.segment, position: checkpoint.position };
}
