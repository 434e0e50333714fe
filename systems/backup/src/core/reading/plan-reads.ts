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
  const reads: OpenRead[] = [];
  let read: OpenRead | undefined;
  for (const chunk of wanted.toSorted((left, right) => compare(left.location, right.location))) {
    if (read === undefined || !joins(read, chunk)) {
      read = { packId: chunk.location.packId, start: chunk.location.offset, length: 0, chunks: [] };
      reads.push(read);
    }
    read.chunks.push(chunk);
    read.length = Math.max(read.length, endOf(chunk) - read.start);
  }
  return reads;
}

type OpenRead = { packId: string; start: number; length: number; chunks: WantedChunk[] };

function compare(left: ChunkLocation, right: ChunkLocation): number {
  if (left.packId !== right.packId) return left.packId < right.packId ? -1 : 1;
  return left.offset - right.offset;
}

function joins(read: OpenRead, chunk: WantedChunk): boolean {
  const gap = chunk.location.offset - (read.start + read.length);
  return (
    read.packId === chunk.location.packId && gap <= gapBytesMax && endOf(chunk) - read.start <= readBytesMax
  );
}

function endOf({ location }: WantedChunk): number {
  return location.offset + location.storedBytes;
}
