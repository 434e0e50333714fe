// The blocks of a range of a blob, verified, one after the other: the hot loop of every large download.
//
// What memory has is read chunk by chunk on the calling thread, into one buffer: it is verified and sent while it is in the
// processor's cache, and no thread is woken. Once something was not at hand twice, as with all that is read from a disk, pieces
// of several blocks are read on other threads, and while one is being sent the next is read into a second buffer.
//
// A chunk is a block, or several that are moved together over the headers between them: a microsecond for each, where reading,
// sending and turns of their own would take eight.
//
// A block is verified when it is asked for. An iterator by hand instead of a generator: what is at hand is given without
// another turn of the microtask queue, so much of it as is fair to others.

import type { PayloadIterator, RecordLocation } from '@cairn/segment-log';
import type { PromptChunks } from '../data-store.ts';
import type { Piece } from '../runs.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { TurnShare } from './turn-share.ts';

export type ChunkSource = {
  /** Those that hold the wanted blocks from one on, in order, each of at most so many. */
  pieces(from: { firstBlock: number; blocksMax: number }): Iterable<Piece>;
  readonly firstBlock: number;
  /** Of a piece that is read on another thread. */
  readonly blocksMax: number;
  /** Of a chunk, and of a piece that is looked for in memory. */
  readonly chunkBlocksMax: number;
  /** A piece of at most `chunkBlocksMax`; undefined when it is not at hand. */
  readCached(piece: Piece, into: Buffer): PayloadIterator | undefined;
  read(piece: Piece, into: Buffer): Promise<PayloadIterator>;
  /** The bytes of the block that is the next of these; throws when it is something else. */
  verified(payloads: PayloadIterator, place: { index: number; at: RecordLocation }): Uint8Array;
  /** The wanted part of a block. */
  cut(bytes: Uint8Array, index: number): Uint8Array;
  readonly buffers: BufferPool;
  readonly turns: TurnShare;
  /** Called once, when nothing more will be read. */
  readonly onEnd: () => void;
};

type ReadPiece = { readonly piece: Piece; readonly payloads: PayloadIterator; readonly buffer: Buffer };

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };
/** Pieces that were not at hand, until which none of the others is asked for in memory. */
const missesMax = 2;

export class BlobChunks implements PromptChunks {
  readonly #source: ChunkSource;
  #pieces: Iterator<Piece>;
  /** `#pieces` are of one block each, to be looked for in memory. */
  #inMemory = true;
  #current: ReadPiece | undefined;
  #given = 0;
  #misses = 0;
  #ahead: Promise<ReadPiece> | undefined;
  #ended = false;

  constructor(source: ChunkSource) {
    this.#source = source;
    this.#pieces = this.#piecesFrom(source.firstBlock, source.chunkBlocksMax);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const turn = this.#source.turns.take();
    return turn === undefined ? this.#next() : turn.then(() => this.#next());
  }

  #next(): Promise<IteratorResult<Uint8Array>> {
    try {
      const value = this.nextCached();
      return value === undefined ? this.#nextPiece() : Promise.resolve({ done: false, value });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  nextCached(): Uint8Array | undefined {
    try {
      return this.#hasNext() || this.#takeCached() ? this.#give() : undefined;
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  release(): void {
    if (this.#current === undefined || this.#ended || this.#hasNext()) return;
    this.#source.buffers.give(this.#current.buffer);
    this.#current = undefined;
  }

  /** The consumer leaves early. What it has may still be on its way to a socket: that buffer is not used again. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#end();
    return done;
  }

  #hasNext(): boolean {
    return !this.#ended && this.#current !== undefined && this.#given < this.#current.piece.count;
  }

  /** Makes the next block the current piece, in the same buffer, if it is at hand. */
  #takeCached(): boolean {
    if (this.#ended || !this.#inMemory) return false;
    const { done: last, value: piece } = this.#pieces.next();
    if (last === true) return false;
    const { buffers, blocksMax } = this.#source;
    const buffer = this.#current?.buffer ?? buffers.take();
    const payloads = this.#source.readCached(piece, buffer);
    if (payloads === undefined) {
      this.#misses++;
      this.#inMemory = false;
      this.#pieces = this.#piecesFrom(piece.firstBlock, blocksMax);
      if (this.#current === undefined) buffers.give(buffer);
      return false;
    }
    this.#take({ piece, payloads, buffer });
    return true;
  }

  async #nextPiece(): Promise<IteratorResult<Uint8Array>> {
    if (this.#ended) return done;
    try {
      // Its last chunk was taken, so nobody writes from it any more.
      this.release();
      const next = this.#ahead ?? this.#readNext();
      this.#ahead = undefined;
      if (next === undefined) {
        this.#end();
        return done;
      }
      this.#take(await next);
      this.#source.turns.renew();
      // Left while this was read.
      if (this.#ended) return done;
      this.#goOn();
      return { done: false, value: this.#give() };
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  /** Behind a piece that was read on another thread. */
  #goOn(): void {
    if (this.#misses < missesMax) {
      const { firstBlock, count } = this.#current!.piece;
      this.#inMemory = true;
      this.#pieces = this.#piecesFrom(firstBlock + count, this.#source.chunkBlocksMax);
      return;
    }
    this.#ahead = this.#readNext();
    this.#ahead?.catch(() => {});
  }

  #piecesFrom(firstBlock: number, blocksMax: number): Iterator<Piece> {
    return this.#source.pieces({ firstBlock, blocksMax })[Symbol.iterator]();
  }

  #readNext(): Promise<ReadPiece> | undefined {
    const { done: last, value: piece } = this.#pieces.next();
    if (last === true) return undefined;
    const buffer = this.#source.buffers.take();
    return this.#source.read(piece, buffer).then((payloads) => ({ piece, payloads, buffer }));
  }

  #take(current: ReadPiece): void {
    this.#current = current;
    this.#given = 0;
  }

  #give(): Uint8Array {
    const { chunkBlocksMax } = this.#source;
    // A chunk of several is a whole piece.
    const blocks = chunkBlocksMax === 1 ? 1 : this.#current!.piece.count;
    let chunk = this.#giveBlock();
    for (let more = blocks - 1; more > 0; more--) chunk = joined(chunk, this.#giveBlock());
    return chunk;
  }

  #giveBlock(): Uint8Array {
    const { piece, payloads } = this.#current!;
    const { verified, cut } = this.#source;
    const index = piece.firstBlock + this.#given;
    this.#given++;
    return cut(verified(payloads, { index, at: piece.location }), index);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#ahead?.then(
      ({ buffer }) => this.#source.buffers.give(buffer),
      () => {},
    );
    this.#source.onEnd();
  }
}

/** Moves what lies behind a chunk in the same memory to its end. What is between them is lost. */
function joined(chunk: Uint8Array, next: Uint8Array): Uint8Array {
  const lengthBytes = chunk.byteLength + next.byteLength;
  const both = Buffer.from(chunk.buffer, chunk.byteOffset, lengthBytes);
  both.set(next, chunk.byteLength);
  return both;
}
