// Which ranges of which packs are read for some chunks: neighbours of a pack in one request, also when a little that is not
// wanted lies between them.

import type { ChunkLocation } from '../../packing/chunk-location.ts';

export type WantedChunk = { readonly fingerprint: Uint8Array; readonly location: ChunkLocation };

export type PlannedRead = {
  readonly packId: string;
  readonly start: number;
  readonly length: number;
  /** In the order of their offsets. */
  readonly chunks: readonly WantedChunk[];
};

/** A request costs some 20 ms over a network, which is this much at a few MB/s. */
export const gapBytesMax = 64 * 1024;
/** One chunk may be longer alone. */
export const readBytesMax = 8 * 1024 * 1024;

/** In the order of the packs and of the offsets in each; every wanted chunk is in one read. */
export function planReads(wanted: readonly WantedChunk[]): readonly PlannedRead[] {
  const ordered = wanted.toSorted((left, right) => compare(left.location, right.location));
  const reads: PlannedRead[] = [];
  let group: WantedChunk[] = [];
  for (const chunk of ordered) {
    if (group.length > 0 && !joins(group, chunk)) {
      reads.push(readOf(group));
      group = [];
    }
    group.push(chunk);
  }
  if (group.length > 0) reads.push(readOf(group));
  return reads;
}

function compare(left: ChunkLocation, right: ChunkLocation): number {
  if (left.packId !== right.packId) return left.packId < right.packId ? -1 : 1;
  return left.offset - right.offset;
}

function joins(group: readonly WantedChunk[], { location }: WantedChunk): boolean {
  const first = group[0]!.location;
  const end = endOf(group.at(-1)!);
  return (
    first.packId === location.packId &&
    location.offset - end <= gapBytesMax &&
    location.offset + location.storedBytes - first.offset <= readBytesMax
  );
}

function readOf(chunks: readonly WantedChunk[]): PlannedRead {
  const { packId, offset } = chunks[0]!.location;
  return { packId, start: offset, length: endOf(chunks.at(-1)!) - offset, chunks };
}

function endOf({ location }: WantedChunk): number {
  return location.offset + location.storedBytes;
}
