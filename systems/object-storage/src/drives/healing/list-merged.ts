// The blobs of all drives in the order of their ids, each with the slots that have it: a merge of the drives' own lists.

import type { DriveSet } from '../set/drive-set.ts';
import type { Drive } from '../set/slot.ts';

export type MergedBlob = { readonly blob: string; readonly holders: readonly Drive[] };
/** `next`: where the next page begins; undefined behind the last. */
export type MergedPage = { readonly blobs: readonly MergedBlob[]; readonly next: string | undefined };

/** At least one blob per page while there are any; at most `limit` times the drives. */
export async function listMerged(
  set: DriveSet,
  { after, limit }: { after: string; limit: number },
): Promise<MergedPage> {
  const lists = await Promise.all(set.usable.map((drive) => listOf(set, { drive, after, limit })));
  // Up to here every list is complete.
  const ends = lists.flatMap(({ blobs }) => (blobs.length === limit ? [blobs.at(-1)!] : []));
  const horizon = ends.toSorted()[0];
  const holders = new Map<string, Drive[]>();
  for (const { drive, blobs } of lists) {
    for (const blob of blobs) {
      if (horizon !== undefined && blob > horizon) break;
      holders.getOrInsertComputed(blob, () => []).push(drive);
    }
  }
  const blobs = [...holders].map(([blob, drives]) => ({ blob, holders: drives }));
  blobs.sort((left, right) => (left.blob < right.blob ? -1 : 1));
  return { blobs, next: horizon };
}

/** A drive whose index cannot be read is no drive. */
async function listOf(
  set: DriveSet,
  { drive, after, limit }: { drive: Drive; after: string; limit: number },
): Promise<{ readonly drive: Drive; readonly blobs: readonly string[] }> {
  const blobs = await set.attempt(drive, (store) => store.listBlobs({ after, limit }));
  return { drive, blobs: blobs ?? [] };
}
