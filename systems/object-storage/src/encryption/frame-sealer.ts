// Plaintext on its way into the data store: chunks of any size become sealed frames. Plaintext is not copied: a frame is
// the slices of the chunks that it came in, which do not change until the blob is stored.
//
// A full frame waits for the byte behind it, or for the end: the last frame of a blob is sealed as the last.

import { BufferPool } from '../data/reading/buffer-pool.ts';
import { frameBuffersKeptMax, writeLookBackBytes } from '../limits.ts';
import { sealFrame } from './frame-cipher.ts';
import { frameBytesMax, framePlainBytesMax, tagBytes } from './frame-layout.ts';

/** Of a larger object the frames are used again that nobody looks at any more. */
const framesHeldMax = Math.ceil(writeLookBackBytes / frameBytesMax) + 1;

const frameBuffers = new BufferPool({ bytes: frameBytesMax, keptMax: frameBuffersKeptMax });

type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export class FrameSealer {
  readonly #key: Uint8Array;
  #parts: Uint8Array[] = [];
  #gatheredBytes = 0;
  #frames = 0;
  /** Full ones that may still be looked at, in their order, and how many were before them. */
  readonly #held: Buffer[] = [];
  #letGoFrames = 0;
  #plainBytes = 0;

  /** `key` must be this blob's alone. */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** Of the plaintext that came until now. */
  get plainBytes(): number {
    return this.#plainBytes;
  }

  /** Nobody looks any more at so many of the first bytes that `sealed` gave: other uploads are sealed in their memory. */
  letGo(bytes: number): void {
    for (; this.#held.length > 0 && (this.#letGoFrames + 1) * frameBytesMax <= bytes; this.#letGoFrames++)
      frameBuffers.give(this.#held.shift()!);
  }

  /** To be called once. At once stays at once: most small bodies are there whole. */
  sealed(chunks: Chunks): Chunks {
    return Symbol.iterator in chunks ? this.#sealedNow(chunks) : this.#sealedLater(chunks);
  }

  *#sealedNow(chunks: Iterable<Uint8Array>): Iterable<Uint8Array> {
    for (const chunk of chunks) yield* this.#take(chunk);
    yield this.#seal({ final: true });
  }

  async *#sealedLater(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) yield* this.#take(chunk);
    yield this.#seal({ final: true });
  }

  /** What becomes whole by this chunk, one frame at a time: the memory of earlier ones is used again. */
  *#take(chunk: Uint8Array): Iterable<Uint8Array> {
    this.#plainBytes += chunk.byteLength;
    for (let rest = chunk; rest.byteLength > 0; ) {
      if (this.#gatheredBytes === framePlainBytesMax) yield this.#seal({ final: false });
      const part = rest.subarray(0, framePlainBytesMax - this.#gatheredBytes);
      this.#parts.push(part);
      this.#gatheredBytes += part.byteLength;
      rest = rest.subarray(part.byteLength);
    }
  }

  #seal({ final }: { final: boolean }): Uint8Array {
    const sealed = this.#frameOf(this.#gatheredBytes + tagBytes);
    const place = { index: this.#frames, final };
    sealFrame(this.#parts, { key: this.#key, place, target: sealed });
    this.#parts = [];
    this.#gatheredBytes = 0;
    this.#frames++;
    return sealed;
  }

  #frameOf(sealedBytes: number): Uint8Array {
    if (sealedBytes < frameBytesMax) return Buffer.allocUnsafe(sealedBytes);
    const frame = this.#held.length < framesHeldMax ? frameBuffers.take() : this.#oldestHeld();
    this.#held.push(frame);
    return frame;
  }

  /** Who does not tell what he lets go of looks back only so far. */
  #oldestHeld(): Buffer {
    this.#letGoFrames++;
    return this.#held.shift()!;
  }
}
