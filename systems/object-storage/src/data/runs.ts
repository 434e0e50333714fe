// Where a blob's blocks lie: runs of blocks that follow each other in one segment.
//
// All blocks are full but the last, so every block is found by arithmetic and a blob written alone is one run, however
// large. On disk a run takes 16 bytes, little-endian: segment u48, position of its first record u48, blocks u32.

import assert from 'node:assert/strict';
import type { RecordLocation } from '@cairn/segment-log';
import { blockBytesMax, recordHeaderBytes } from '../limits.ts';
import { blockHeaderBytes } from './block.ts';

export type Run = { readonly segment: number; readonly position: number; readonly blocks: number };

/** A stretch of records that one read can take. */
export type Piece = {
  readonly location: RecordLocation;
  /** Index of the first block within the blob. */
  readonly firstBlock: number;
  readonly count: number;
  /** Of all records, headers included. */
  readonly lengthBytes: number;
};

/** What every block takes besides its bytes. */
export const blockOverheadBytes = recordHeaderBytes + blockHeaderBytes;
/** From one full block's record to the next. */
const strideBytes = blockOverheadBytes + blockBytesMax;
export const runBytes = 16;

/** Length of a read of that many blocks at most, and of a last one of at most `tailBytesMax` behind them. */
export function piecesBytesMax(blocks: number, { tailBytesMax }: { tailBytesMax?: number } = {}): number {
  return blocks * strideBytes + (tailBytesMax === undefined ? 0 : blockOverheadBytes + tailBytesMax);
}

/** Adds blocks that were written at a place, extending the last run where they follow it. */
export function appendRun(runs: Run[], added: Run): void {
  const last = runs.at(-1);
  const follows =
    last !== undefined &&
    last.segment === added.segment &&
    last.position + last.blocks * strideBytes === added.position;
  if (follows) runs[runs.length - 1] = { ...last, blocks: last.blocks + added.blocks };
  else runs.push(added);
}

/**
 * The runs as the index keeps them: with one of no blocks for the segment of the blob's `end`, if no block lies there.
 * The index counts that segment too, so that what is in the segments always suffices to make the index again.
 */
export function runsWithEnd(runs: readonly Run[], end: RecordLocation): readonly Run[] {
  return runs.some((run) => run.segment === end.segment) ? runs : [...runs, { ...end, blocks: 0 }];
}

export function segmentsOf(runs: readonly Run[]): ReadonlySet<number> {
  return new Set(runs.map((run) => run.segment));
}

/** What the blob's blocks take in each of its segments, with their headers; 0 where only its `end` lies. */
export function bytesBySegment(runs: readonly Run[], sizeBytes: number): ReadonlyMap<number, number> {
  const bySegment = new Map<number, number>();
  const last = blockCount(sizeBytes) - 1;
  let first = 0;
  for (const { segment, blocks } of runs) {
    const holdsLast = blocks > 0 && first + blocks > last;
    const bytes = blocks * strideBytes - (holdsLast ? blockBytesMax - blockSize(last, sizeBytes) : 0);
    bySegment.set(segment, (bySegment.get(segment) ?? 0) + bytes);
    first += blocks;
  }
  return bySegment;
}

export function blockCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / blockBytesMax));
}

/** Payload of one block, without headers. */
export function blockSize(index: number, sizeBytes: number): number {
  return Math.min(blockBytesMax, sizeBytes - index * blockBytesMax);
}

type PiecesOptions = {
  readonly sizeBytes: number;
  readonly first: number;
  readonly last: number;
  readonly blocksMax: number;
  /** Of a last block that goes along with the blocks before it, though those are as many as there may be. */
  readonly tailBytesMax?: number;
};

/** The reads that cover blocks `first` to `last`, each of at most `blocksMax` records of one run, and a small one more. */
export function* piecesOf(runs: readonly Run[], options: PiecesOptions): Iterable<Piece> {
  const { sizeBytes, first, last, blocksMax, tailBytesMax = 0 } = options;
  let runStart = 0;
  for (const run of runs) {
    const end = Math.min(runStart + run.blocks - 1, last);
    let count: number;
    for (let block = Math.max(runStart, first); block <= end; block += count) {
      const left = end - block + 1;
      const withTail = left === blocksMax + 1 && blockSize(end, sizeBytes) <= tailBytesMax;
      count = withTail ? left : Math.min(blocksMax, left);
      const lastSize = blockSize(block + count - 1, sizeBytes);
      yield {
        location: { segment: run.segment, position: run.position + (block - runStart) * strideBytes },
        firstBlock: block,
        count,
        lengthBytes: (count - 1) * strideBytes + blockOverheadBytes + lastSize,
      };
    }
    runStart += run.blocks;
  }
}

export function encodeRuns(runs: readonly Run[]): Buffer {
  // Not from the pool: what crosses to the index thread is cloned with the whole memory behind it.
  const bytes = Buffer.alloc(runs.length * runBytes);
  for (const [index, run] of runs.entries()) {
    const at = index * runBytes;
    bytes.writeUIntLE(run.segment, at, 6);
    bytes.writeUIntLE(run.position, at + 6, 6);
    bytes.writeUInt32LE(run.blocks, at + 12);
  }
  return bytes;
}

export function decodeRuns(encoded: Uint8Array): Run[] {
  assert.equal(
    encoded.byteLength % runBytes,
    0,
    `runs take ${runBytes} bytes each, not ${encoded.byteLength}`,
  );
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const runs: Run[] = [];
  for (let at = 0; at < bytes.length; at += runBytes) {
    runs.push({
      segment: bytes.readUIntLE(at, 6),
      position: bytes.readUIntLE(at + 6, 6),
      blocks: bytes.readUInt32LE(at + 12),
    });
  }
  return runs;
}
