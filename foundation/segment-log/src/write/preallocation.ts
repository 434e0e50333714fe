// How far a segment's file is written ahead with zeros. The sync of a record that makes its file longer waits for the file
// system's journal besides its own bytes; of one that takes the place of zeros it waits for its own bytes only.
//
//   header  records  zeros
//   |-------|-------|--------|
//                   position  end
//
// Zeros are worth it for who syncs little at a time, and so often. A file gets no more of them than it has records, so that
// ten thousand logs of a few records take no room for more.

import { preallocatedBytesMax, preallocatedSyncsMin } from '../limits.ts';

export type Zeros = { readonly bytes: Uint8Array; readonly position: number };

export class Preallocation {
  readonly #segmentBytesMax: number;
  #end: number;
  #isOver = false;

  /** Begins with a file that ends at `position`, or behind it with a mark. */
  constructor({ position, segmentBytesMax }: { position: number; segmentBytesMax: number }) {
    this.#end = position;
    this.#segmentBytesMax = segmentBytesMax;
  }

  /** Where the file ends. */
  get end(): number {
    return this.#end;
  }

  /** What to write ahead now that a sync covered so many bytes of records, which end at `position`. */
  next({ position, syncedBytes }: { position: number; syncedBytes: number }): Zeros | undefined {
    const isEnough = this.#end - position >= syncedBytes;
    if (this.#isOver || syncedBytes <= 0 || isEnough) return undefined;
    const bytes = Math.min(preallocatedBytesMax, position, this.#segmentBytesMax - position);
    if (bytes < preallocatedSyncsMin * syncedBytes) return undefined;
    return { bytes: zeros.subarray(0, position + bytes - this.#end), position: this.#end };
  }

  /** The file was written up to here. */
  reached(position: number): void {
    this.#end = Math.max(this.#end, position);
  }

  cut(position: number): void {
    this.#end = position;
  }

  /** No more for this file: it is to be sealed or closed, or its disk is full. */
  stop(): void {
    this.#isOver = true;
  }
}

/** Memory that is never written to, so that the system gives none for it. */
const zeros = Buffer.alloc(preallocatedBytesMax);
