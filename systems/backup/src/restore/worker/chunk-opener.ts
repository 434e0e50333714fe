// The raw bytes of a batch's chunks: each is opened once, when the first file asks for it, and kept for the others.

import type { PackReader } from '../../packing/open-pack.ts';
import { type ChunkBatch, chunkRawBytes, unpackChunk } from './chunk-batch.ts';

/** Thrown for content that cannot be had: the file is left to the main thread, which looks for another copy. */
export class ChunkFailure extends Error {}

/** Units of work are about as long: by a little more each time there would be as many memories until the garbage is collected. */
const memoryBytesStep = 1024 * 1024;

function roundedUp(bytes: number): number {
  return Math.ceil(bytes / memoryBytesStep) * memoryBytesStep;
}

/** Memory of one thread for the raw bytes of one batch after another. */
export class ChunkOpener {
  readonly #reader: PackReader;
  #memory = new Uint8Array(0);
  #batch: ChunkBatch | undefined;
  #sealed = new Uint8Array(0) as Uint8Array;
  /** Where each chunk's raw bytes lie, -1 when it was not opened yet. */
  #starts = new Int32Array(0);
  #used = 0;

  constructor(reader: PackReader) {
    this.#reader = reader;
  }

  /** All that was opened before is forgotten. */
  begin(batch: ChunkBatch): void {
    const count = batch.fingerprints.length / 32;
    this.#batch = batch;
    this.#sealed = new Uint8Array(batch.memory);
    this.#starts = new Int32Array(count).fill(-1);
    this.#used = 0;
    let bytes = 0;
    for (let at = 0; at < count; at += 1) bytes += chunkRawBytes(batch, at);
    if (this.#memory.length < bytes) this.#memory = new Uint8Array(roundedUp(bytes));
  }

  /** Valid until the next `begin`. Throws `ChunkFailure`. */
  open(at: number): Uint8Array {
    const batch = this.#batch!;
    const rawBytes = chunkRawBytes(batch, at);
    let start = this.#starts[at]!;
    if (start < 0) {
      start = this.#used;
      this.#openTo(at, this.#memory.subarray(start, start + rawBytes));
      this.#starts[at] = start;
      this.#used += rawBytes;
    }
    return this.#memory.subarray(start, start + rawBytes);
  }

  #openTo(at: number, target: Uint8Array): void {
    const { start, location, fingerprint, rawBytes } = unpackChunk(this.#batch!, at);
    if (start < 0) throw new ChunkFailure('its pack could not be read');
    if (location === undefined) {
      target.set(this.#sealed.subarray(start, start + rawBytes));
      return;
    }
    try {
      const ciphertext = this.#sealed.subarray(start, start + location.storedBytes);
      this.#reader.openChunk(location, ciphertext, { fingerprint, target });
    } catch (error) {
      throw new ChunkFailure((error as Error).message, { cause: error });
    }
  }
}
