// Sealed frames on their way out of the data store: the plaintext of a range, each frame proved before a byte of it is
// given.

import { openFrame } from './frame-cipher.ts';
import { type FrameRange, frameBytesMax, framePlainBytesMax } from './frame-layout.ts';
import { giveBack } from './give-back.ts';

type Range = { readonly start: number; readonly length: number };
type Opening = {
  readonly key: Uint8Array;
  /** Of the plaintext. */
  readonly range: Range;
  readonly frames: FrameRange;
};

/** The same for frames that are all there. */
export function openedNow(sealed: Uint8Array, opening: Opening): Uint8Array {
  const { first, last } = opening.frames;
  const opened: Uint8Array[] = [];
  for (let index = first; index <= last; index++) {
    const start = (index - first) * frameBytesMax;
    opened.push(wantedPart(sealed.subarray(start, start + frameBytesMax), index, opening));
  }
  return opened.length === 1 ? opened[0]! : Buffer.concat(opened);
}

/**
 * `sealed` gives the bytes of the frames in chunks of any size; those that are a frame are not copied. A chunk is valid
 * until the next one is asked for: then its memory is given back at once.
 */
export async function* openedFrames(
  sealed: AsyncIterable<Uint8Array>,
  opening: Opening,
): AsyncIterable<Uint8Array> {
  const { first, last } = opening.frames;
  let index = first;
  const gathered = new FrameGatherer(opening.frames);
  for await (const chunk of sealed) {
    for (const frame of gathered.take(chunk)) {
      const plain = wantedPart(frame, index++, opening);
      if (plain.byteLength > 0) yield plain;
      giveBack(plain);
    }
  }
  if (index <= last) throw new Error(`the frames end before ${index} of ${first} to ${last}`);
}

/** The wanted part of a frame. */
function wantedPart(frame: Uint8Array, index: number, { key, range, frames }: Opening): Uint8Array {
  const plain = openFrame(frame, { key, place: { index, final: index === frames.final } });
  const start = index * framePlainBytesMax;
  const from = Math.max(0, range.start - start);
  const to = Math.min(plain.byteLength, range.start + range.length - start);
  return from === 0 && to === plain.byteLength ? plain : plain.subarray(from, Math.max(from, to));
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
