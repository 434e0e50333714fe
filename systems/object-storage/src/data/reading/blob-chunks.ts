// The blocks of a range of a blob, verified, one after the other: the hot loop of every large download.
//
// While one piece is being sent the next is read into a second buffer. An iterator by hand instead of a generator: what
// lies in the piece at hand is given without another turn of the microtask queue.

import type { RecordLocation } from '@cairn/segment-log';
import type { Piece } from '../runs.ts';
import type { BufferPool } from './buffer-pool.ts';

export type ChunkSource = {
  /** In order; together they hold the wanted blocks. */
  readonly pieces: Iterable<Piece>;
  read(piece: Piece, into: Buffer): Promise<readonly Uint8Array[]>;
  /** The bytes of a block; throws when it is something else. */
  verified(payload: Uint8Array, place: { index: number; at: RecordLocation }): Uint8Array;
  /** The wanted part of a block. */
  cut(bytes: Uint8Array, index: number): Uint8Array;
  readonly buffers: BufferPool;
  /** Called once, when nothing more will be read. */
  readonly onEnd: () => void;
};

type ReadPiece = { readonly piece: Piece; readonly payloads: readonly Uint8Array[]; readonly buffer: Buffer };

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class BlobChunks implements AsyncIterableIterator<Uint8Array> {
  readonly #source: ChunkSource;
  readonly #pieces: Iterator<Piece>;
  #current: ReadPiece | undefined;
  #given = 0;
  #ahead: Promise<ReadPiece> | undefined;
  #ended = false;

  constructor(source: ChunkSource) {
    this.#source = source;
    this.#pieces = source.pieces[Symbol.iterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const current = this.#current;
    if (current === undefined || this.#given === current.payloads.length) return this.#nextPiece();
    try {
      return Promise.resolve({ done: false, value: this.#give(current) });
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** The consumer leaves early. What it has may still be on its way to a socket: that buffer is not used again. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#end();
    return done;
  }

  async #nextPiece(): Promise<IteratorResult<Uint8Array>> {
    if (this.#ended) return done;
    try {
      // Its last chunk was taken, so nobody writes from it any more.
      if (this.#current !== undefined) this.#source.buffers.give(this.#current.buffer);
      this.#current = undefined;
      const next = this.#ahead ?? this.#readNext();
      this.#ahead = undefined;
      if (next === undefined) {
        this.#end();
        return done;
      }
      this.#current = await next;
      this.#given = 0;
      // Left while this was read.
      if (this.#ended) return done;
      this.#ahead = this.#readNext();
      this.#ahead?.catch(() => {});
      return { done: false, value: this.#give(this.#current) };
    } catch (error) {
      return this.#failed(error);
    }
  }

  #readNext(): Promise<ReadPiece> | undefined {
    const { done: last, value: piece } = this.#pieces.next();
    if (last === true) return undefined;
    const buffer = this.#source.buffers.take();
    return this.#source.read(piece, buffer).then((payloads) => ({ piece, payloads, buffer }));
  }

  #give({ piece, payloads }: ReadPiece): Uint8Array {
    const { verified, cut } = this.#source;
    const index = piece.firstBlock + this.#given;
    const payload = payloads[this.#given]!;
    this.#given++;
    return cut(verified(payload, { index, at: piece.location }), index);
  }

  #failed(error: unknown): Promise<never> {
    this.#end();
    return Promise.reject(error);
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
