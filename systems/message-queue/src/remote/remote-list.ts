// Which segments of a partition are in the blobs engine. What the list does not name is not there, whatever the engine says:
// a blob is named only once it is whole and verified, and is deleted only once it is named no more.
//
// The file: one line `cairn-remote 1 CRC`, then JSON; the CRC-32C in hexadecimal is that of the JSON. It is there from before
// the first blob until after the last one. The second checkpoint is written only where there is a list: one without a list says that
// the list was lost.

import { crc32c } from '@cairn/hashing';
import type { Disk } from '@cairn/world';
import { z } from 'zod';
import { secondCheckpointName } from '../partition/checkpoint.ts';
import { PartitionError } from '../partition/partition.ts';
import type { SegmentSummary } from '../partition/segment-index.ts';
import { faultOfFile, readDerivedFile, replaceFile } from '../partition/small-files.ts';

export const remoteListName = 'remote';

const count = z.int().min(0);
const segment = z.strictObject({
  /** As the catalog numbers it. */
  segment: count,
  /** Of the blob. */
  name: z.string(),
  baseOffset: count,
  endOffset: count,
  maxTimestampMs: z.int().min(-1),
  /** The blob: frames up to here, then the footer of the batch file; its index; nothing behind. */
  coveredTo: count,
  fileBytes: count,
  sizeBytes: count,
});
const content = z.strictObject({
  /** In the order of offsets. */
  segments: z.array(segment),
  /** Blobs to be deleted. */
  garbage: z.array(z.string()),
});

export type RemoteSegment = z.output<typeof segment>;
export type RemoteList = z.output<typeof content>;

/**
 * `names` are those of the files in the folder. Undefined when the partition never had anything there. Throws PartitionError when the
 * list is damaged, or lost: nothing else knows it, and blobs that it does not name are deleted.
 */
export async function readRemoteList(
  disk: Disk,
  directory: string,
  names: readonly string[],
): Promise<RemoteList | undefined> {
  const path = `${directory}/${remoteListName}`;
  if (!names.includes(remoteListName)) {
    if (!names.includes(secondCheckpointName)) return undefined;
    throw new PartitionError('KAFKA_STORAGE_ERROR', `${path} is missing`);
  }
  const bytes = await readDerivedFile(disk, path);
  const list = bytes === undefined ? undefined : decodeRemoteList(bytes);
  if (list !== undefined) return list;
  throw new PartitionError('KAFKA_STORAGE_ERROR', `${path} ${faultOfFile(bytes)}`);
}

export async function writeRemoteList(disk: Disk, directory: string, list: RemoteList): Promise<void> {
  await replaceFile(disk, { directory, name: remoteListName, bytes: encodeRemoteList(list) });
}

export function encodeRemoteList(list: RemoteList): Buffer {
  const json = Buffer.from(JSON.stringify(list));
  return Buffer.concat([Buffer.from(`cairn-remote 1 ${crc32c(json).toString(16)}\n`), json]);
}

/** Undefined for what is not a whole and sound list of this version. */
export function decodeRemoteList(bytes: Buffer): RemoteList | undefined {
  const end = bytes.indexOf('\n');
  const match = /^cairn-remote 1 ([0-9a-f]+)$/.exec(bytes.toString('latin1', 0, Math.max(end, 0)));
  const json = bytes.subarray(end + 1);
  if (match === null || Number.parseInt(match[1]!, 16) !== crc32c(json)) return undefined;
  return content.safeParse(JSON.parse(json.toString())).data;
}

export function summaryOf(remote: RemoteSegment): SegmentSummary {
  const { segment, baseOffset, endOffset, maxTimestampMs, coveredTo } = remote;
  return { segment, baseOffset, endOffset, maxTimestampMs, coveredTo };
}
