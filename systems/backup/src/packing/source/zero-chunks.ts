// Holes of sparse files, as chunks of zeros that nobody reads: a disk image of 100 GB with 1 GB in it costs what 1 GB does.
//
// A stream of zeros is cut into chunks of one length, so one fingerprint stands for all of them. The rest of a hole that is
// shorter is read like any bytes, because what follows decides where its chunk ends.

import type { Chunker } from '../../chunking/chunker.ts';
import type { ChunkSink } from '../chunk-sink.ts';

/** 8 GiB at the usual maximum: a turn does not go on for as long as a hole does. */
const chunksAtOnce = 4_096;

export type SkippedZeros = {
  readonly bytes: number;
  readonly count: number;
  readonly fingerprint: Uint8Array;
};

export class ZeroChunks {
  readonly #sink: ChunkSink;
  readonly #chunkBytes: number;
  #fingerprint: Uint8Array | undefined;

  constructor(chunker: Chunker, sink: ChunkSink) {
    this.#sink = sink;
    this.#chunkBytes = chunker.zeroChunkBytes;
  }

  /** The chunks of so many zeros, where a chunk begins; `undefined` when there are too few for one. */
  skip(zeroBytes: number): SkippedZeros | undefined {
    const count = Math.min(Math.floor(zeroBytes / this.#chunkBytes), chunksAtOnce);
    if (count === 0) return undefined;
    return { bytes: count * this.#chunkBytes, count, fingerprint: this.#add(count) };
  }

  #add(count: number): Uint8Array {
    const isFirst = this.#fingerprint === undefined;
    this.#fingerprint ??= Uint8Array.from(this.#sink.add(new Uint8Array(this.#chunkBytes)));
    this.#sink.addAgain(isFirst ? count - 1 : count);
    return this.#fingerprint;
  }
}
