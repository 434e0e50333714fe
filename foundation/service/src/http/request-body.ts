// The body of one request, between the connection that receives it and whoever reads it.
//
//   connection  take(bytes)  ->  pieces that wait, at most about 64 KiB  ->  read()  reader
//
// Nothing is received for it beyond what waits until the first read. Each piece is memory of its own, of a slab or of a chunk, and
// stays as it is until the request is over, or as long as the reader said that it looks back (`forgetAfter`).
//
// | it is             | read() gives                              |
// | ----------------- | ----------------------------------------- |
// | there             | the next piece, at once                   |
// | not there yet     | a promise                                 |
// | read to its end   | undefined                                 |
// | broken off        | throws HttpProblem: what came before too, because nobody may take the part for the whole |

import {
  gatherBytes,
  gatheredBytesMax,
  slabBytes,
  slabFromBytes,
  slabsPerRequestMax,
  smallChunksPerRequestMax,
  smallPieceBytesMax,
  waitingBytesMax,
} from './limits.ts';
import type { BodyFraming } from './message/body-framing.ts';
import { ChunkedCoding } from './message/chunked-coding.ts';
import type { HttpProblem } from './message/http-problem.ts';
import { newSlab, type ReceiveSlabs, type Slab } from './receive-slabs.ts';
import { copiedInto, type SmallChunk } from './small-pieces.ts';

export type BodySource = {
  /** The reader began, or wants more: read the socket. */
  onWanted(): void;
  slabs(): ReceiveSlabs;
};

const noSlabs: readonly Slab[] = [];
const noChunks: readonly SmallChunk[] = [];

/** A slab that is full, and where in the body its last byte is. */
type FullSlab = { readonly slab: Slab; readonly endBytes: number };

/** Where small pieces are put together: the last of them, in memory that has room behind it. */
type Gathering = { readonly memory: Buffer; start: number; end: number; piece: Uint8Array };

export class RequestBody {
  readonly #source: BodySource;
  readonly #chunked: ChunkedCoding | undefined;
  /** Of a body whose length was said. */
  #leftBytes: number;
  readonly #pieces: Uint8Array[] = [];
  #gathering: Gathering | undefined;
  #waitingBytes = 0;
  #receivedBytes = 0;
  #begun = false;
  #discarding = false;
  #problem: HttpProblem | undefined;
  #reader: PromiseWithResolvers<Uint8Array | undefined> | undefined;
  /** The one that is being filled, and those that are given back when the request is over. */
  #slab: Slab | undefined;
  readonly #slabs: Slab[] = [];
  /** Those that its small pieces lie in. */
  #chunks: readonly SmallChunk[] = noChunks;
  /** A long body that nobody forgets uses slabs up: holding them until its end would only be memory that waits. */
  readonly #isLong: boolean;
  #lookBackBytes = Number.POSITIVE_INFINITY;
  readonly #fullSlabs: FullSlab[] = [];

  constructor(framing: BodyFraming, source: BodySource) {
    this.#source = source;
    this.#chunked = framing === 'chunked' ? new ChunkedCoding() : undefined;
    this.#leftBytes = framing === 'chunked' ? 0 : framing;
    this.#isLong = framing === 'chunked' || framing > slabsPerRequestMax * slabBytes;
  }

  /** Of the payload, without what chunks add. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** All of it has been received, though perhaps not read. */
  get complete(): boolean {
    return this.#chunked === undefined ? this.#leftBytes === 0 : this.#chunked.ended;
  }

  /** What is still to come; infinite when nobody knows. */
  get leftBytes(): number {
    if (this.complete) return 0;
    return this.#chunked === undefined ? this.#leftBytes : Number.POSITIVE_INFINITY;
  }

  /** Somebody began to read it. */
  get begun(): boolean {
    return this.#begun;
  }

  get readerWaits(): boolean {
    return this.#reader !== undefined;
  }

  /** The socket may be read for it. */
  get hasRoom(): boolean {
    return this.#discarding || this.#waitingBytes < waitingBytesMax;
  }

  /** One at a time. Throws HttpProblem. */
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (this.#problem !== undefined) throw this.#problem;
    const piece = this.#pieces.shift();
    if (piece === undefined && this.complete) return undefined;
    this.#begun = true;
    if (piece !== undefined) {
      this.#waitingBytes -= piece.length;
      if (!this.complete) this.#source.onWanted();
      return piece;
    }
    this.#reader = Promise.withResolvers();
    this.#source.onWanted();
    return this.#reader.promise;
  }

  /**
   * The reader promises not to look at what it read any more once it has read so many bytes behind it: a long body is then
   * received in memory that is used again.
   */
  forgetAfter(bytes: number): void {
    this.#lookBackBytes = bytes;
  }

  /** All that is left of it is thrown away from now on. */
  discard(): void {
    this.#discarding = true;
    // To set the length of an array costs more than all the rest, also to what it is.
    if (this.#pieces.length > 0) this.#pieces.length = 0;
    this.#gathering = undefined;
    this.#waitingBytes = 0;
  }

  /** It will not be received to its end. */
  breakOff(problem: HttpProblem): void {
    if (this.#problem !== undefined || this.#discarding) return;
    this.#problem = problem;
    this.#pieces.length = 0;
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.reject(problem);
  }

  /**
   * Takes what belongs to it of `bytes` from `start` to `end`, and gives the position behind that. `kept` says that
   * these bytes stay as they are; others are copied. Throws HttpProblem for a wrong chunk.
   */
  take(bytes: Buffer, { start, end, kept }: { start: number; end: number; kept: boolean }): number {
    if (this.#chunked !== undefined) {
      const onData = (from: number, to: number) => this.#add(bytes, { from, to, kept });
      return this.#chunked.take(bytes, { start, end, onData });
    }
    const to = Math.min(end, start + this.#leftBytes);
    this.#leftBytes -= to - start;
    if (to > start) this.#add(bytes, { from: start, to, kept });
    return to;
  }

  /** To be called when a batch of bytes is taken: the reader wakes up once, and with the end if that has come. */
  wakeReader(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const piece = this.#pieces.shift();
    if (piece === undefined && !this.complete) return;
    this.#waitingBytes -= piece?.length ?? 0;
    this.#reader = undefined;
    reader.resolve(piece);
  }

  /** Room that the next bytes may be received into, when there is much to come that somebody reads; else undefined. */
  slab(): Slab | undefined {
    if (!this.#begun || this.#discarding || this.complete) return undefined;
    if (this.#slab !== undefined && this.#slab.usedBytes < this.#slab.bytes.length) return this.#slab;
    if (this.leftBytes <= slabFromBytes) return undefined;
    const isForgotten = Number.isFinite(this.#lookBackBytes);
    if (isForgotten && this.#slab !== undefined)
      this.#fullSlabs.push({ slab: this.#slab, endBytes: this.#receivedBytes });
    this.#slab = this.#isLong && !isForgotten ? newSlab() : (this.#forgottenSlab() ?? this.#leasedSlab());
    return this.#slab;
  }

  #forgottenSlab(): Slab | undefined {
    const [oldest] = this.#fullSlabs;
    const readBytes = this.#receivedBytes - this.#waitingBytes;
    if (oldest === undefined || oldest.endBytes + this.#lookBackBytes > readBytes) return undefined;
    this.#fullSlabs.shift();
    oldest.slab.usedBytes = 0;
    return oldest.slab;
  }

  #leasedSlab(): Slab {
    const slab = this.#source.slabs().take();
    this.#slabs.push(slab);
    return slab;
  }

  /** Those that it used, each once, when nobody reads any more. Chunks go back by themselves. */
  takeSlabs(): readonly Slab[] {
    for (const chunk of this.#chunks) this.#source.slabs().small.give(chunk);
    this.#chunks = noChunks;
    this.#slab = undefined;
    if (this.#fullSlabs.length > 0) this.#fullSlabs.length = 0;
    return this.#slabs.length === 0 ? noSlabs : this.#slabs.splice(0);
  }

  #add(bytes: Buffer, { from, to, kept }: { from: number; to: number; kept: boolean }): void {
    this.#receivedBytes += to - from;
    if (this.#discarding) return;
    const piece = bytes.subarray(from, to);
    if (this.#pieces.length > 0 && piece.length < gatheredBytesMax) this.#gather(piece);
    else this.#pieces.push(kept ? piece : this.#copied(piece));
    this.#waitingBytes += piece.length;
  }

  #copied(piece: Uint8Array): Uint8Array {
    const chunk = piece.length > smallPieceBytesMax ? undefined : this.#heldChunk(piece.length);
    return chunk === undefined ? Buffer.from(piece) : copiedInto(chunk, piece);
  }

  /** Undefined when it holds as many as it may. */
  #heldChunk(bytes: number): SmallChunk | undefined {
    const chunk = this.#source.slabs().small.chunk(bytes);
    if (this.#chunks.includes(chunk)) return chunk;
    if (this.#chunks.length === smallChunksPerRequestMax) return undefined;
    chunk.requests += 1;
    this.#chunks = [...this.#chunks, chunk];
    return chunk;
  }

  /** What was read of it stays as it is: bytes come only behind those. */
  #gather(piece: Uint8Array): void {
    let gathering = this.#gathering;
    if (gathering === undefined || gathering.end + piece.length > gatherBytes) {
      const memory = Buffer.allocUnsafeSlow(gatherBytes);
      gathering = { memory, start: 0, end: 0, piece: memory };
      this.#gathering = gathering;
    }
    const { memory } = gathering;
    if (gathering.piece === this.#pieces.at(-1)) this.#pieces.pop();
    else gathering.start = gathering.end;
    memory.set(piece, gathering.end);
    gathering.end += piece.length;
    gathering.piece = memory.subarray(gathering.start, gathering.end);
    this.#pieces.push(gathering.piece);
  }
}
