// Compresses chunks on workers, so that whoever copies snapshots in a process that serves others does not stop it: a chunk of
// 2 MiB takes 10 ms at level 3, and more than a second at the slowest. What is cheap is left to the caller's own thread.
//
// Memory: two chunks for each worker, raw and compressed, in buffers that are used again.

import { availableParallelism } from 'node:os';
import type { Executor, World } from '@cairn/world';
import type { CompressorInit, CompressorInput, CompressorOutput } from '../packing/compressor-worker.ts';

export type CompressedChunk = {
  /** Valid until `release`. */
  readonly stored: Uint8Array;
  readonly compressed: boolean;
  release(): void;
};

type Worker = { readonly executor: Promise<Executor<CompressorInput, CompressorOutput>>; busy: number };

const workerModule = new URL('../packing/compressor-worker.ts', import.meta.url);
const workersMax = 4;
const chunksPerWorker = 2;
/** Half a millisecond at the slowest of these levels. */
const cheapBytesFast = 64 * 1024;
const cheapBytesSlow = 2 * 1024;
const slowLevel = 5;

export class ChunkCompression {
  readonly #world: Pick<World, 'executors'>;
  readonly #level: number;
  readonly #workersMax = Math.min(workersMax, availableParallelism());
  readonly #workers: Worker[] = [];
  /** Buffers that nobody uses. */
  readonly #spares: SharedArrayBuffer[] = [];

  constructor(repository: {
    readonly world: Pick<World, 'executors'>;
    readonly config: { readonly compressionLevel: number };
  }) {
    this.#world = repository.world;
    this.#level = repository.config.compressionLevel;
  }

  /** How many chunks may be under way at once. */
  get chunksMax(): number {
    return this.#workersMax * chunksPerWorker;
  }

  /** Whether a chunk of so many raw bytes is compressed faster here than it is handed over. */
  isCheap(rawBytes: number): boolean {
    if (this.#level === 0) return true;
    return rawBytes <= (this.#level < slowLevel ? cheapBytesFast : cheapBytesSlow);
  }

  /** The bytes of `raw` are taken when this returns. At most `chunksMax` at once. */
  async compress(raw: Uint8Array): Promise<CompressedChunk> {
    const buffer = this.#bufferFor(raw.length);
    const source = new Uint8Array(buffer, 0, raw.length);
    const target = new Uint8Array(buffer, raw.length, raw.length);
    source.set(raw);
    const worker = this.#worker();
    worker.busy += 1;
    try {
      const bytes = await (await worker.executor).run({ source, target });
      const stored = bytes === undefined ? source : target.subarray(0, bytes);
      return { stored, compressed: bytes !== undefined, release: () => this.#giveBack(buffer) };
    } finally {
      worker.busy -= 1;
    }
  }

  /** Ends the workers; what they are at is finished first. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#workers.map(({ executor }) => executor));
    await Promise.all(opened.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)));
  }

  /** One that has nothing to do, a new one, or the one that has least. */
  #worker(): Worker {
    const least = this.#workers.reduce<Worker | undefined>(
      (found, each) => (found === undefined || each.busy < found.busy ? each : found),
      undefined,
    );
    if (least !== undefined && (least.busy === 0 || this.#workers.length === this.#workersMax)) return least;
    const executor = this.#world.executors.open<CompressorInit, CompressorInput, CompressorOutput>(
      workerModule,
      {
        level: this.#level,
      },
    );
    const worker = { executor, busy: 0 };
    this.#workers.push(worker);
    return worker;
  }

  #bufferFor(rawBytes: number): SharedArrayBuffer {
    const spare = this.#spares.pop();
    return spare !== undefined && spare.byteLength >= rawBytes * 2
      ? spare
      : new SharedArrayBuffer(rawBytes * 2);
  }

  #giveBack(buffer: SharedArrayBuffer): void {
    if (this.#spares.length < this.chunksMax) this.#spares.push(buffer);
  }
}

/** `work` with one that is closed behind it. */
export async function withCompression<Output>(
  repository: ConstructorParameters<typeof ChunkCompression>[0],
  work: (compression: ChunkCompression) => Promise<Output>,
): Promise<Output> {
  const compression = new ChunkCompression(repository);
  try {
    return await work(compression);
  } finally {
    await compression.close();
  }
}
