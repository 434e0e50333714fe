// Reads one blob: verified blocks in order, a few at a time.
//
// The log's checksum proves that a record is what was written; the block's header proves that it is the block that was
// asked for. Anything else is damage, and damage is thrown, never given out.

import assert from 'node:assert/strict';
import { type RecordLocation, type SegmentLog, SegmentLogError } from '@cairn/segment-log';
import { blockBytesMax, readBatchBlocks, readNowBytesMax } from '../limits.ts';
import { blockHeaderBytes, decodeBlockHeader } from './block.ts';
import type { BufferPool } from './buffer-pool.ts';
import { BlobDamagedError, type BlobPlace, type BlobReader } from './data-store.ts';
import { blockCount, blockSize, type Piece, piecesOf } from './runs.ts';

export type OpenBlob = {
  readonly blob: string;
  readonly location: BlobPlace;
  readonly log: SegmentLog;
  /** Lets go of the segments. */
  readonly release: () => void;
  readonly onDamage: (error: BlobDamagedError) => void;
  /** Each has room for `readBatchBlocks` records. */
  readonly buffers: BufferPool;
};

export class SegmentBlobReader implements BlobReader {
  readonly #open: OpenBlob;

  constructor(open: OpenBlob) {
    this.#open = open;
  }

  get sizeBytes(): number {
    return this.#open.location.sizeBytes;
  }

  close(): void {
    this.#open.release();
  }

  readNow(): Uint8Array | undefined {
    const { location, log } = this.#open;
    if (location.sizeBytes > blockBytesMax) return undefined;
    const [piece] = piecesOf(location.runs, {
      sizeBytes: location.sizeBytes,
      first: 0,
      last: 0,
      blocksMax: 1,
    });
    assert(piece !== undefined, 'a blob has at least one block');
    if (piece.lengthBytes > readNowBytesMax) return undefined;
    const payload = this.#readNow(log, piece);
    return payload === undefined ? undefined : this.#verified(payload, { index: 0, at: piece.location });
  }

  async *read(range: { start: number; length: number }): AsyncIterable<Uint8Array> {
    const { sizeBytes } = this.#open.location;
    const end = range.start + range.length;
    assert(
      range.start >= 0 && range.length >= 0 && end <= sizeBytes,
      `${range.start}+${range.length} of ${sizeBytes}`,
    );
    if (range.length === 0) return;
    const first = Math.floor(range.start / blockBytesMax);
    const last = Math.floor((end - 1) / blockBytesMax);
    for await (const { index, bytes } of this.#blocks({ first, last })) {
      const start = index * blockBytesMax;
      yield bytes.subarray(Math.max(0, range.start - start), Math.min(bytes.byteLength, end - start));
    }
  }

  /** One buffer serves a whole download. It goes back only when the last block was taken: then nobody writes from it. */
  async *#blocks(blocks: {
    first: number;
    last: number;
  }): AsyncIterable<{ index: number; bytes: Uint8Array }> {
    const { location, log, buffers } = this.#open;
    const pieces = piecesOf(location.runs, {
      ...blocks,
      sizeBytes: location.sizeBytes,
      blocksMax: readBatchBlocks,
    });
    const into = buffers.take();
    for (const piece of pieces) {
      const payloads = await log.read(piece.location, { ...piece, into }).catch((error: unknown) => {
        throw this.#explained(error);
      });
      for (const [offset, payload] of payloads.entries()) {
        const index = piece.firstBlock + offset;
        yield { index, bytes: this.#verified(payload, { index, at: piece.location }) };
      }
    }
    buffers.give(into);
  }

  #readNow(log: SegmentLog, piece: Piece): Uint8Array | undefined {
    try {
      return log.readNow(piece.location, piece)?.[0];
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #verified(payload: Uint8Array, { index, at }: { index: number; at: RecordLocation }): Uint8Array {
    const { blob, location } = this.#open;
    const header = decodeBlockHeader(payload);
    const kind = blockCount(location.sizeBytes) === 1 ? 'whole' : 'block';
    const bytes = payload.subarray(blockHeaderBytes);
    const expected = header?.blob === blob && header.kind === kind && header.index === index;
    if (!expected || bytes.byteLength !== blockSize(index, location.sizeBytes)) {
      throw this.#damaged(`segment ${at.segment} at ${at.position} does not hold its block ${index}`);
    }
    return bytes;
  }

  /** Damage becomes BlobDamagedError; any other failure (the disk did not answer) stays what it is. */
  #explained(error: unknown): unknown {
    const damage =
      error instanceof SegmentLogError && (error.code === 'damaged' || error.code === 'not-found');
    return damage ? this.#damaged(error.message, error) : error;
  }

  #damaged(detail: string, cause?: unknown): BlobDamagedError {
    const error = new BlobDamagedError(this.#open.blob, { detail, cause });
    this.#open.onDamage(error);
    return error;
  }
}
