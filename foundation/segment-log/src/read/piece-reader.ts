// A file read front to back in large pieces, so that a scan costs few disk reads and bounded memory. A piece is never
// written to again after it was given out: views of it may be kept.
//
// A reader that skips what the disk cannot read gives zeros in its place and tells which bytes they are: the smallest blocks
// that a disk fails as a whole are all that is lost to one bad sector.

import type { DiskError, DiskFile } from '@cairn/world';
import { pieceBytes, unreadableBlockBytes, unreadableBlocksMax } from '../limits.ts';
import { isUnreadable, readPersistently } from './read-persistently.ts';

type UnreadableBlock = {
  readonly position: number;
  readonly endPosition: number;
  readonly error: DiskError;
};

export class PieceReader {
  readonly #file: DiskFile;
  readonly #end: number;
  readonly #skipsUnreadable: boolean;
  #piece: Buffer = Buffer.alloc(0);
  #pieceStart = 0;
  /** Of the piece. */
  #unreadable: UnreadableBlock[] = [];
  #blocksSkipped = 0;
  #firstSkipped: DiskError | undefined;

  /**
   * Reads `file` as if it ended at `end`. Who skips what is unreadable asks `unreadable` about all bytes; beyond
   * `unreadableBlocksMax` blocks the DiskError is thrown, as it always is without.
   */
  constructor(file: DiskFile, end: number, { skipsUnreadable = false } = {}) {
    this.#file = file;
    this.#end = end;
    this.#skipsUnreadable = skipsUnreadable;
  }

  get end(): number {
    return this.#end;
  }

  /** Why the first block was skipped, of all that were read so far. */
  get firstSkipped(): DiskError | undefined {
    return this.#firstSkipped;
  }

  /** Why the disk could not read all of these bytes, which `bytes` gave last; undefined when it could. */
  unreadable(position: number, length: number): DiskError | undefined {
    const end = position + length;
    return this.#unreadable.find((block) => block.position < end && position < block.endPosition)?.error;
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
    this.#unreadable = [];
    const bytesRead = await this.#read(piece, position);
    this.#piece = piece.subarray(0, bytesRead);
    this.#pieceStart = position;
  }

  async #read(piece: Buffer, position: number): Promise<number> {
    try {
      return await this.#file.read(piece, position);
    } catch (error) {
      if (!this.#skipsUnreadable || !isUnreadable(error)) throw error;
      return this.#readInBlocks(piece, position);
    }
  }

  async #readInBlocks(piece: Buffer, position: number): Promise<number> {
    for (let at = 0; at < piece.length; ) {
      const toBorder = unreadableBlockBytes - ((position + at) % unreadableBlockBytes);
      const block = piece.subarray(at, at + toBorder);
      const bytesRead = await readPersistently(this.#file, block, position + at);
      if (typeof bytesRead !== 'number') this.#skip(block, position + at, bytesRead);
      else if (bytesRead < block.length) return at + bytesRead;
      at += block.length;
    }
    return piece.length;
  }

  #skip(block: Buffer, position: number, error: DiskError): void {
    this.#blocksSkipped += 1;
    if (this.#blocksSkipped > unreadableBlocksMax) throw error;
    this.#firstSkipped ??= error;
    block.fill(0);
    this.#unreadable.push({ position, endPosition: position + block.length, error });
  }
}
