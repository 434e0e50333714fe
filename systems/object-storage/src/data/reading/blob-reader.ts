// Reads one blob: verified blocks in order (blob-chunks.ts), or a small one whole.
//
// The log's checksum proves that a record is what was written; the block's header proves that it is the block that was
// asked for. Anything else is damage, and damage is thrown, never given out.

import assert from 'node:assert/strict';
import {
  type PayloadIterator,
  type RecordLocation,
  recordHeaderBytes,
  type SegmentLog,
  SegmentLogError,
} from '@cairn/segment-log';
import type { Clock } from '@cairn/world';
import { blockBytesMax, readBatchBlocks, readNowBytesMax, readTailBytesMax } from '../../limits.ts';
import { blockHeaderBytes } from '../block.ts';
import {
  BlobDamagedError,
  type BlobPlace,
  type KnownPlace,
  type PlacedReader,
  type PromptChunks,
  type ReadHooks,
} from '../data-store.ts';
import { piecesOf } from '../runs.ts';
import { BlobChunks } from './blob-chunks.ts';
import type { BufferPool } from './buffer-pool.ts';
import { TurnShare } from './turn-share.ts';
import { blockOf } from './verify-block.ts';

export type OpenBlob = {
  readonly blob: string;
  readonly location: KnownPlace;
  readonly log: SegmentLog;
  readonly clock: Pick<Clock, 'nextTurn'>;
  /** Lets go of the segments. */
  readonly release: () => void;
  readonly onDamage: (error: BlobDamagedError) => void;
  /** Each has room for `readBatchBlocks` records, and a small one more. */
  readonly buffers: BufferPool;
};

export class SegmentBlobReader implements PlacedReader {
  readonly #open: OpenBlob;

  constructor(open: OpenBlob) {
    this.#open = open;
  }

  get sizeBytes(): number {
    return this.#open.location.sizeBytes;
  }

  get place(): KnownPlace {
    return this.#open.location;
  }

  close(): void {
    this.#open.release();
  }

  read(
    range: { start: number; length: number },
    { explain = (error) => error, onEnd = () => {}, gathers = false }: ReadHooks = {},
  ): PromptChunks {
    const { sizeBytes, runs } = this.#open.location;
    const end = range.start + range.length;
    assert(
      range.start >= 0 && range.length >= 0 && end <= sizeBytes,
      `${range.start}+${range.length} of ${sizeBytes}`,
    );
    const first = Math.floor(range.start / blockBytesMax);
    const last = Math.floor((end - 1) / blockBytesMax);
    const { log, buffers, clock } = this.#open;
    const chunkBlocksMax = gathers ? readBatchBlocks : 1;
    return new BlobChunks({
      pieces: ({ firstBlock, blocksMax }) =>
        range.length === 0
          ? []
          : piecesOf(runs, { first: firstBlock, last, sizeBytes, blocksMax, tailBytesMax: readTailBytesMax }),
      ...{ firstBlock: first, blocksMax: readBatchBlocks, chunkBlocksMax },
      readCached: ({ location, count, lengthBytes }, into) => {
        try {
          return log.readCached(location, { count, lengthBytes, into });
        } catch (error) {
          throw explain(this.#explained(error));
        }
      },
      read: ({ location, count, lengthBytes }, into) =>
        log.readEach(location, { count, lengthBytes, into }).catch((error: unknown) => {
          throw explain(this.#explained(error));
        }),
      verified: (payloads, place) => {
        try {
          return this.#nextBlock(payloads, place);
        } catch (error) {
          throw explain(error);
        }
      },
      cut: (bytes, index) => {
        const start = index * blockBytesMax;
        const from = Math.max(0, range.start - start);
        const to = Math.min(bytes.byteLength, end - start);
        return from === 0 && to === bytes.byteLength ? bytes : bytes.subarray(from, to);
      },
      ...{ buffers, turns: new TurnShare(clock, { blocksPerChunk: chunkBlocksMax }) },
      onEnd,
    });
  }

  #nextBlock(payloads: PayloadIterator, place: { index: number; at: RecordLocation }): Uint8Array {
    const { blob, location, onDamage } = this.#open;
    const payload = this.#nextPayload(payloads);
    const bytes = blockOf(payload, { blob, sizeBytes: location.sizeBytes, index: place.index });
    if (bytes === undefined) throw reported(misplaced(blob, place), onDamage);
    return bytes;
  }

  #nextPayload(payloads: PayloadIterator): Uint8Array {
    try {
      const { value } = payloads.next();
      assert(value !== undefined, 'a piece has as many records as it says');
      return value;
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): unknown {
    const { blob, onDamage } = this.#open;
    return explained(error, { blob, onDamage });
  }
}

/** A whole small blob, read on the calling thread; undefined when that is not possible. Throws BlobDamagedError. */
export function readBlobNow(
  log: SegmentLog,
  {
    blob,
    place,
    onDamage,
    into,
  }: {
    blob: string;
    place: BlobPlace;
    onDamage: (error: BlobDamagedError) => void;
    into: Buffer | undefined;
  },
): Uint8Array | undefined {
  const { sizeBytes } = place;
  const lengthBytes = recordHeaderBytes + blockHeaderBytes + sizeBytes;
  if (lengthBytes > readNowBytesMax) return undefined;
  const [run] = place.runs;
  assert(run !== undefined, 'a blob lies somewhere');
  const at = { segment: run.segment, position: run.position };
  const room = into !== undefined && into.length >= lengthBytes ? { lengthBytes, into } : { lengthBytes };
  const payload = readRecordNow(log, at, room, (error) => explained(error, { blob, onDamage }));
  if (payload === undefined) return undefined;
  const bytes = blockOf(payload, { blob, sizeBytes, index: 0 });
  if (bytes !== undefined) return bytes;
  throw reported(misplaced(blob, { index: 0, at }), onDamage);
}

function readRecordNow(
  log: SegmentLog,
  at: RecordLocation,
  room: { readonly lengthBytes: number; readonly into?: Buffer },
  explain: (error: unknown) => unknown,
): Uint8Array | undefined {
  try {
    return log.readNow(at, { count: 1, ...room })?.[0];
  } catch (error) {
    throw explain(error);
  }
}

/** Damage becomes BlobDamagedError; any other failure (the disk did not answer) stays what it is. */
function explained(
  error: unknown,
  { blob, onDamage }: { blob: string; onDamage: (error: BlobDamagedError) => void },
): unknown {
  const damage = error instanceof SegmentLogError && (error.code === 'damaged' || error.code === 'not-found');
  if (!damage) return error;
  return reported(new BlobDamagedError(blob, { detail: error.message, cause: error }), onDamage);
}

function misplaced(blob: string, { index, at }: { index: number; at: RecordLocation }): BlobDamagedError {
  const detail = `segment ${at.segment} at ${at.position} does not hold its block ${index}`;
  return new BlobDamagedError(blob, { detail });
}

function reported(error: BlobDamagedError, onDamage: (error: BlobDamagedError) => void): BlobDamagedError {
  onDamage(error);
  return error;
}
