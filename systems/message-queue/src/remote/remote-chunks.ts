// What was read of blobs lately, in pieces of a fixed size: fetches are small and come one after the other, an engine's call
// is slow. Bounded for the whole broker.
//
// Readers wait for a piece until it has been asked for so long, and no longer: a consumer has other partitions too. The call
// goes on, and who tries again finds the piece, or learns at once that it is still not there.

import type { Clock } from '@cairn/world';
import { remoteChunkBytes, remoteChunkIdleMs, remoteChunksMax, remoteWaitMsMax } from '../limits.ts';
import { PartitionError } from '../partition/partition.ts';
import type { RemoteStorage } from './remote-storage.ts';

export type RemoteBlob = { readonly name: string; readonly sizeBytes: number };
type Chunk = {
  readonly blob: string;
  readonly bytes: Promise<Buffer>;
  readonly waitedForUntilMs: number;
  isLoaded: boolean;
};

export class RemoteChunks {
  readonly #storage: Pick<RemoteStorage, 'read'>;
  readonly #clock: Clock;
  readonly #chunkBytes: number;
  /** Used longest ago first. */
  readonly #chunks = new Map<string, Chunk>();
  #usedMs = 0;
  #isWatched = false;

  constructor(parts: {
    readonly storage: Pick<RemoteStorage, 'read'>;
    readonly clock: Clock;
    readonly chunkBytes?: number;
  }) {
    this.#storage = parts.storage;
    this.#clock = parts.clock;
    this.#chunkBytes = parts.chunkBytes ?? remoteChunkBytes;
  }

  /** A copy of its own, shorter at the end of the blob. Throws PartitionError KAFKA_STORAGE_ERROR. */
  async read(
    blob: RemoteBlob,
    range: { readonly start: number; readonly lengthBytes: number },
  ): Promise<Buffer> {
    const end = Math.min(range.start + range.lengthBytes, blob.sizeBytes);
    const bytes = Buffer.allocUnsafe(Math.max(0, end - range.start));
    for (let at = range.start; at < end; ) {
      const number = Math.floor(at / this.#chunkBytes);
      const chunk = await this.#wait(this.#load(blob, number));
      const from = at - number * this.#chunkBytes;
      at += chunk.copy(bytes, at - range.start, from, from + end - at);
    }
    this.#readAhead(blob, end);
    this.#usedMs = this.#clock.monotonicMs();
    this.#forgetLater(remoteChunkIdleMs);
    return bytes;
  }

  /** What is known of a blob may be wrong, or is not wanted any more. */
  forget(name: string): void {
    for (const [key, chunk] of this.#chunks) if (chunk.blob === name) this.#chunks.delete(key);
  }

  #load(blob: RemoteBlob, number: number): Chunk {
    const key = `${blob.name} ${number}`;
    const known = this.#chunks.get(key);
    const chunk = known ?? this.#begin(blob, number);
    this.#chunks.delete(key);
    this.#chunks.set(key, chunk);
    if (known === undefined) {
      chunk.bytes.then(
        () => {
          chunk.isLoaded = true;
          this.#evict();
        },
        () => {
          if (this.#chunks.get(key) === chunk) this.#chunks.delete(key);
        },
      );
    }
    return chunk;
  }

  #begin({ name, sizeBytes }: RemoteBlob, number: number): Chunk {
    const start = number * this.#chunkBytes;
    const lengthBytes = Math.min(this.#chunkBytes, sizeBytes - start);
    const bytes = this.#storage.read({ name, start, lengthBytes });
    const waitedForUntilMs = this.#clock.monotonicMs() + remoteWaitMsMax;
    return { blob: name, bytes, waitedForUntilMs, isLoaded: false };
  }

  /** The next piece, once a reader is in the second half of one. */
  #readAhead(blob: RemoteBlob, end: number): void {
    const next = Math.floor((end + this.#chunkBytes / 2) / this.#chunkBytes);
    const isThere = this.#chunks.has(`${blob.name} ${next}`);
    if (isThere || next * this.#chunkBytes >= blob.sizeBytes) return;
    this.#load(blob, next);
  }

  /** Once nobody has read for a while: an idle process is small. */
  #forgetLater(afterMs: number): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#clock.setTimer(afterMs, () => {
      this.#isWatched = false;
      const leftMs = this.#usedMs + remoteChunkIdleMs - this.#clock.monotonicMs();
      if (leftMs > 0) this.#forgetLater(leftMs);
      else this.#chunks.clear();
    });
  }

  #evict(): void {
    let excess = this.#chunks.size - remoteChunksMax;
    for (const [key, { isLoaded }] of this.#chunks) {
      if (excess <= 0) return;
      if (!isLoaded) continue;
      this.#chunks.delete(key);
      excess -= 1;
    }
  }

  async #wait({ bytes, isLoaded, waitedForUntilMs }: Chunk): Promise<Buffer> {
    if (isLoaded) return bytes;
    const late = Promise.withResolvers<never>();
    const detail = `the blobs engine did not answer within ${remoteWaitMsMax} ms`;
    const leftMs = Math.max(0, waitedForUntilMs - this.#clock.monotonicMs());
    const timer = this.#clock.setTimer(leftMs, () =>
      late.reject(new PartitionError('KAFKA_STORAGE_ERROR', detail)),
    );
    try {
      return await Promise.race([bytes, late.promise]);
    } finally {
      timer.cancel();
    }
  }
}
