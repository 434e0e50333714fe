// What of a partition is not in its log, as a start finds it: the sources that the list names, and files that it does not name,
// which a crash left.

import type { Disk } from '@cairn/world';
import type { SegmentSummary } from '../segment-index.ts';
import { removeFile } from '../small-files.ts';
import { batchFileFooterBytes } from './batch-file-format.ts';
import { BatchFileSource } from './batch-file-source.ts';
import { FileRanges } from './byte-ranges.ts';
import type { SegmentEntry, SegmentListContent } from './segment-list.ts';
import type { SegmentSource } from './segment-source.ts';

export const batchFileEnding = '.batches';

export type Place = { readonly disk: Disk; readonly directory: string };

/** Where an entry of the list is read from. */
export function sourceOfEntry(entry: SegmentEntry, { disk, directory }: Place): SegmentSource {
  const path = `${directory}/${entry.name}${batchFileEnding}`;
  return new BatchFileSource(entry, new FileRanges(disk, { path, sizeBytes: entry.sizeBytes }));
}

export function summaryOfEntry(entry: SegmentEntry): SegmentSummary {
  const { segment, baseOffset, endOffset, maxTimestampMs, sizeBytes } = entry;
  return { segment, baseOffset, endOffset, maxTimestampMs, coveredTo: sizeBytes - batchFileFooterBytes };
}

/** Removes batch files that are not in force, and their indexes. */
export async function removeLeftovers(
  { entries }: SegmentListContent,
  { disk, directory, fileNames }: Place & { readonly fileNames: readonly string[] },
): Promise<void> {
  const inForce = new Set(entries.map(({ name }) => name));
  for (const fileName of fileNames) {
    const name = nameOfBatchFile(fileName);
    if (name !== undefined && !inForce.has(name)) await removeFile(disk, `${directory}/${fileName}`);
  }
}

/** `SEGMENT-NUMBER`: nothing else in the folder is named so. */
export function batchFileName({ segment, number }: { segment: number; number: number }): string {
  return `${String(segment).padStart(12, '0')}-${number}`;
}

function nameOfBatchFile(fileName: string): string | undefined {
  return /^(\d{12}-\d+)\.(batches|index|index\.new)$/.exec(fileName)?.[1];
}
