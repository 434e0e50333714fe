// Sealed frames on their way out of the data store: the plaintext of a range, each frame proved before a byte of it is
// given.

import { BufferPool } from '../data/reading/buffer-pool.ts';
import { readBatchBlocks, readBuffersKeptMax, readTailBytesMax } from '../limits.ts';
import { openFrame } from './frame-cipher.ts';
import { type FrameRange, frameBytesMax, framePlainBytesMax, tagBytes } from './frame-layout.ts';

type Range = { readonly start: number; readonly length: number };
type Opening = {
  readonly key: Uint8Array;
  /** Of the plaintext. */
  readonly range: Range;
  readonly frames: FrameRange;
};

/** The range, of frames that are all there. */
export function openedNow(sealed: Uint8Array, opening: Opening): Uint8Array {
  const { first, last } = opening.frames;
  const plain = new OpenedFrames(
    Buffer.allocUnsafeSlow(sealed.byteLength - (last - first + 1) * tagBytes),
    opening,
  );
  for (let start = 0; start < sealed.byteLength; start += frameBytesMax) {
    plain.add(sealed.subarray(start, start + frameBytesMax));
  }
  return plain.take();
}

/** What several frames, and a small last one, are opened into: one write to a socket takes all of it. */
const plainBuffers = new BufferPool({
  bytes: readBatchBlocks * framePlainBytesMax + readTailBytesMax,
  keptMax: readBuffersKeptMax,
});

/**
 * `sealed` gives the bytes of the frames in chunks of any size; those that are a frame are not copied. A chunk is valid
 * until the next one is asked for: then its memory is used again.
 */
export async function* openedFrames(
  sealed: AsyncIterable<Uint8Array>,
  opening: Opening,
): AsyncIterable<Uint8Array> {
  const gatherer = new FrameGatherer(opening.frames);
  const buffer = plainBuffers.take();
  const plain = new OpenedFrames(buffer, opening);
  for await (const chunk of sealed) {
    for (const frame of gatherer.take(chunk)) {
      plain.add(frame);
      if (plain.isFull) yield plain.take();
    }
  }
  if (!plain.isComplete) throw new Error(`the frames end early: ${JSON.stringify(opening.frames)}`);
  if (!plain.isEmpty) yield plain.take();
  // Who leaves early may still have it on its way to a socket: then it is not used again.
  plainBuffers.give(buffer);
}

/** Opens frames one behind the other, and gives what is wanted of them. */
class OpenedFrames {
  readonly #buffer: Buffer;
  readonly #opening: Opening;
  /** Where the frames in the buffer begin in the plaintext. */
  #start: number;
  #usedBytes = 0;
  #index: number;

  constructor(buffer: Buffer, opening: Opening) {
    this.#buffer = buffer;
    this.#opening = opening;
    this.#index = opening.frames.first;
    this.#start = this.#index * framePlainBytesMax;
  }

  /** There is no room for another frame. */
  get isFull(): boolean {
    const { first, last, sealed } = this.#opening.frames;
    const lastBytes = sealed.length - (last - first) * frameBytesMax - tagBytes;
    const nextBytes = this.#index < last ? framePlainBytesMax : lastBytes;
    return this.#usedBytes + nextBytes > this.#buffer.byteLength;
  }

  get isEmpty(): boolean {
    return this.#usedBytes === 0;
  }

  get isComplete(): boolean {
    return this.#index > this.#opening.frames.last;
  }

  add(frame: Uint8Array): void {
    const { key, frames } = this.#opening;
    const end = this.#usedBytes + frame.byteLength - tagBytes;
    const place = { index: this.#index, final: this.#index === frames.final };
    openFrame(frame, { key, place, target: this.#buffer.subarray(this.#usedBytes, end) });
    this.#usedBytes = end;
    this.#index++;
  }

  take(): Uint8Array {
    const { range } = this.#opening;
    const from = Math.max(0, range.start - this.#start);
    const to = Math.min(this.#usedBytes, range.start + range.length - this.#start);
    this.#start += this.#usedBytes;
    this.#usedBytes = 0;
    return this.#buffer.subarray(from, Math.max(from, to));
  }
}

/** Cuts chunks into frames. */
class FrameGatherer {
  #restBytes: number;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;

  constructor({ sealed }: FrameRange) {
    this.#restBytes = sealed.length;
  }

  *take(chunk: Uint8Array): Iterable<Uint8Array> {
    for (let rest = chunk; rest.byteLength > 0; ) {
      const wanted = Math.min(frameBytesMax, this.#restBytes) - this.#gatheredBytes;
      const part = rest.subarray(0, wanted);
      rest = rest.subarray(part.byteLength);
      if (part.byteLength === wanted) yield this.#frameWith(part);
      else this.#keep(part);
    }
  }

  #frameWith(part: Uint8Array): Uint8Array {
    const frame = this.#gathered.length === 0 ? part : Buffer.concat([...this.#gathered, part]);
    this.#restBytes -= frame.byteLength;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    return frame;
  }

  /** A chunk is valid until the next one is asked for only. */
  #keep(part: Uint8Array): void {
    this.#gathered.push(Uint8Array.from(part));
    this.#gatheredBytes += part.byteLength;
  }
}
