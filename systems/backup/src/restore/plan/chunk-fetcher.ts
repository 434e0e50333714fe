// Gets the chunks of a unit of work into shared memory, as few requests as planned. A range that cannot be read is no error
// here: its chunks are marked, and those files are asked for again through `raw`, which looks everywhere.

import { BlobsError } from '@cairn/engines/blobs';
import { type PlannedRead, planReads, type WantedChunk } from '../../core/reading/plan-reads.ts';
import type { Repository } from '../../core/repository.ts';
import { fillFromBody } from '../../core/store/fill-from-body.ts';
import { objectName } from '../../format/object-names.ts';
import { type ChunkBatch, type PlacedChunk, packChunks } from '../worker/chunk-batch.ts';
import type { NumberedChunk } from './chunk-numbers.ts';
import { SharedMemory } from './shared-memory.ts';

export class ChunkFetcher {
  readonly #repository: Pick<Repository, 'blobs' | 'readChunks'>;
  readonly #signal: AbortSignal;
  readonly #memory = new SharedMemory();

  constructor(repository: Pick<Repository, 'blobs' | 'readChunks'>, signal: AbortSignal) {
    this.#repository = repository;
    this.#signal = signal;
  }

  /** As they are stored. Rejects when aborted. */
  async sealed(chunks: readonly NumberedChunk[]): Promise<ChunkBatch> {
    const reads = planReads(chunks.filter(isLocated));
    const memory = this.#memory.take(reads.reduce((sum, { length }) => sum + length, 0));
    const starts = new Map<WantedChunk, number>();
    let start = 0;
    await Promise.all(
      reads.map((read) => {
        const target = new Uint8Array(memory, start, read.length);
        for (const chunk of read.chunks)
          starts.set(chunk, target.byteOffset + chunk.location.offset - read.start);
        start += read.length;
        return this.#read(read, target, starts);
      }),
    );
    const placed = chunks.map((chunk): PlacedChunk => {
      const rawBytes = chunk.location?.rawBytes ?? 0;
      return { ...chunk, rawBytes, start: starts.get(chunk as WantedChunk) ?? -1 };
    });
    return packChunks(placed, memory);
  }

  /** Opened and checked, from any copy that is left. Throws `damaged` when there is none. */
  async raw(chunks: readonly NumberedChunk[]): Promise<ChunkBatch> {
    const fingerprints = Buffer.concat(chunks.map(({ fingerprint }) => fingerprint));
    const opened = await Array.fromAsync(this.#repository.readChunks(fingerprints, { signal: this.#signal }));
    const memory = this.#memory.take(opened.reduce((sum, { length }) => sum + length, 0));
    const bytes = new Uint8Array(memory);
    let start = 0;
    const placed = opened.map((raw, at): PlacedChunk => {
      bytes.set(raw, start);
      start += raw.length;
      const { fingerprint } = chunks[at]!;
      return { fingerprint, location: undefined, rawBytes: raw.length, start: start - raw.length };
    });
    return packChunks(placed, memory);
  }

  /** When the worker is done with it. */
  release(batch: ChunkBatch): void {
    this.#memory.give(batch.memory);
  }

  async #read(read: PlannedRead, target: Uint8Array, starts: Map<WantedChunk, number>): Promise<void> {
    const range = { start: read.start, length: read.length };
    try {
      const name = objectName('packs', read.packId);
      const options = { range, signal: this.#signal, into: target };
      const content = await this.#repository.blobs.get(name, options);
      if (content !== undefined && (await fillFromBody(target, content.body)) === target.length) return;
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof BlobsError)) throw error;
    }
    for (const chunk of read.chunks) starts.delete(chunk);
  }
}

function isLocated(chunk: NumberedChunk): chunk is WantedChunk {
  return chunk.location !== undefined;
}
