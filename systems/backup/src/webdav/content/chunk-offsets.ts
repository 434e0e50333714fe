// Where in a file each of its chunks begins. The manifest has no lengths, the index does: they are summed up once and kept for large
// files, of which clients read one range after another.

import type { ChunkIndex } from '../../core/repository.ts';
import { damaged } from '../../format/damaged.ts';
import { fingerprintBytes } from '../../packing/fingerprinter.ts';
import type { FileContent } from '../tree/resource.ts';
import { WeightedCache } from '../tree/weighted-cache.ts';

export type IndexSource = { index(options?: { refresh?: boolean }): Promise<ChunkIndex> };

/** Below it a sum costs less than a request does. */
const keptChunksMin = 64;
const keptBytesMax = 32 * 1024 * 1024;

/** n + 1 offsets of n chunks: the last one is the size of the file. */
export type ChunkOffsets = Float64Array;

export class ChunkOffsetReader {
  readonly #source: IndexSource;
  readonly #kept = new WeightedCache<ChunkOffsets>(keptBytesMax);

  constructor(source: IndexSource) {
    this.#source = source;
  }

  /** `etag` is that of the content. Throws `damaged` for a chunk that even a fresh index does not know, or of another length. */
  async offsetsOf(content: FileContent, etag: string): Promise<ChunkOffsets> {
    const kept = this.#kept.get(etag);
    if (kept !== undefined) return kept;
    const offsets =
      sumUp(content, await this.#source.index()) ??
      // A snapshot made since the index was read, or one whose packs gc has rewritten.
      sumUp(content, await this.#source.index({ refresh: true }));
    if (offsets === undefined) throw damaged('a file', 'the index does not know all of its chunks');
    const sizeBytes = offsets.at(-1)!;
    if (sizeBytes !== content.sizeBytes)
      throw damaged('a file', `its chunks have ${sizeBytes} bytes instead of ${content.sizeBytes}`);
    if (offsets.length > keptChunksMin) this.#kept.set(etag, offsets, offsets.byteLength);
    return offsets;
  }
}

/** Undefined when the index lacks one. */
function sumUp({ fingerprints }: FileContent, index: ChunkIndex): ChunkOffsets | undefined {
  const count = fingerprints.length / fingerprintBytes;
  const offsets = new Float64Array(count + 1);
  for (let chunk = 0; chunk < count; chunk += 1) {
    const start = chunk * fingerprintBytes;
    const location = index.locate(fingerprints.subarray(start, start + fingerprintBytes));
    if (location === undefined) return undefined;
    offsets[chunk + 1] = offsets[chunk]! + location.rawBytes;
  }
  return offsets;
}

/** The chunk that has the byte at `offset`. */
export function chunkAt(offsets: ChunkOffsets, offset: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
