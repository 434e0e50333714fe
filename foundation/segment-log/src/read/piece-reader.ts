// A file read front to back in large pieces, so that a scan costs few disk reads and bounded memory. A piece is never
// written to again after it was given out: views of it may be kept.

import type { DiskFile } from '@cairn/world';
import { pieceBytes } from '../limits.ts';

export class PieceReader {
  readonly #file: DiskFile;
  readonly #end: number;
  #piece: Buffer = Buffer.alloc(0);
  #pieceStart = 0;

  /** Reads `file` as if it ended at `end`. */
  constructor(file: DiskFile, end: number) {
    this.#file = file;
    this.#end = end;
  }

  get end(): number {
    return this.#end;
  }

  /** The `length` bytes at `position`; fewer at the end of the file. */
  async bytes(position: number, length: number): Promise<Buffer> {
    const wanted = Math.max(0, Math.min(length, this.#end - position));
    if (wanted === 0) return Buffer.alloc(0);
    if (!this.#holds(position, wanted)) await this.#load(position, Math.max(wanted, pieceBytes));
    const start = position - this.#pieceStart;
    return this.#piece.subarray(start, start + wanted);
  }

  /** Position of the next occurrence of `pattern` at or after `position`; undefined when there is none. */
  async find(pattern: Buffer, position: number): Promise<number | undefined> {
    for (let start = position; start + pattern.length <= this.#end; ) {
      if (!this.#holds(start, pattern.length)) await this.#load(start, pieceBytes);
      if (this.#piece.length < pattern.length) return undefined;
      const found = this.#piece.indexOf(pattern, start - this.#pieceStart);
      if (found !== -1) return this.#pieceStart + found;
      // The pattern may begin in the last bytes of this piece.
      start = Math.max(start, this.#pieceStart + this.#piece.length - pattern.length) + 1;
    }
    return undefined;
  }

  #holds(position: number, length: number): boolean {
    return position >= this.#pieceStart && position + length <= this.#pieceStart + this.#piece.length;
  }

  async #load(position: number, length: number): Promise<void> {
    const piece = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, this.#end - position)));
    const bytesRead = await this.#file.read(piece, position);
    this.#piece = piece.subarray(0, bytesRead);
    this.#pieceStart = position;
  }
}
