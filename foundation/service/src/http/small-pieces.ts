// Memory that small pieces of bodies are copied into, used again: a piece is received in a buffer that all connections
// share. In fresh memory the copy of 4 KiB costs ten times as much, most of it in the kernel, which finds pages for it.
//
// Pieces of several requests lie in a chunk one behind the other. A request holds each chunk that it has pieces in once, a
// few at most, and gives it back when it is over; the last one makes it free.

import { smallChunkBytes, smallChunksKeptMax } from './limits.ts';

export type SmallChunk = { readonly bytes: Buffer; usedBytes: number; requests: number };

export class SmallPieces {
  readonly #mayUseAgain: (memory: Uint8Array) => boolean;
  readonly #free: SmallChunk[] = [];
  #filling: SmallChunk = newChunk();

  constructor(mayUseAgain: (memory: Uint8Array) => boolean) {
    this.#mayUseAgain = mayUseAgain;
  }

  /** The chunk that has room for so many bytes, at most `smallPieceBytesMax`. */
  chunk(bytes: number): SmallChunk {
    if (this.#filling.usedBytes + bytes > smallChunkBytes) this.#filling = this.#free.pop() ?? newChunk();
    return this.#filling;
  }

  /** A request that held it is over. */
  give(chunk: SmallChunk): void {
    chunk.requests -= 1;
    if (chunk.requests > 0 || !this.#mayUseAgain(chunk.bytes)) return;
    chunk.usedBytes = 0;
    if (chunk !== this.#filling && this.#free.length < smallChunksKeptMax) this.#free.push(chunk);
  }
}

function newChunk(): SmallChunk {
  return { bytes: Buffer.allocUnsafeSlow(smallChunkBytes), usedBytes: 0, requests: 0 };
}

/** A copy of the piece in the chunk. */
export function copiedInto(chunk: SmallChunk, piece: Uint8Array): Uint8Array {
  const start = chunk.usedBytes;
  chunk.usedBytes += piece.length;
  chunk.bytes.set(piece, start);
  return chunk.bytes.subarray(start, chunk.usedBytes);
}
