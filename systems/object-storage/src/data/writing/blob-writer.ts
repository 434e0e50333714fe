// Writes one blob: gathers chunks into blocks, appends them in batches, ends with the record that makes it exist.
//
// Bytes are never copied: a block is the slices of the chunks it came in. One batch is written while the next gathers,
// so an upload holds at most two batches in memory, whatever its size.

import type { SpaceGuard } from '@cairn/resilience';
import type { RecordLocation, RecordParts, SegmentLog } from '@cairn/segment-log';
import { recordHeaderBytes } from '@cairn/segment-log';
import { blockBytesMax, writeBatchBlocks } from '../../limits.ts';
import { blockHeaderBytes, encodeBlockHeader } from '../block.ts';
import { BlobTooLargeError, type WriteHooks } from '../data-store.ts';
import type { Holds } from '../holds.ts';
import { appendRun, encodeRuns, type Run, runsWithEnd } from '../runs.ts';
import { segmentName } from '../segment-name.ts';
import type { SmallBlobs } from './small-blobs.ts';

export type WrittenBlob = {
  readonly sizeBytes: number;
  readonly runs: readonly Run[];
  /** Behind its last record. */
  readonly end: RecordLocation;
};

type Block = { readonly parts: Uint8Array[]; sizeBytes: number; gathered?: { bytes: Buffer; used: number } };

export class BlobWriter {
  readonly #log: SegmentLog;
  readonly #small: SmallBlobs;
  readonly #logNumber: number;
  readonly #holds: Holds;
  readonly #blob: string;
  readonly #space: SpaceGuard;
  readonly #sizeBytesMax: number;
  readonly #onLetGo: WriteHooks['onLetGo'];
  readonly #runs: Run[] = [];
  readonly #releases = new Map<number, () => void>();
  #gathering: Block[] = [];
  #blocks = 0;
  #sizeBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: {
    log: SegmentLog;
    /** Of this log. */
    small: SmallBlobs;
    logNumber: number;
    holds: Holds;
    blob: string;
    space: SpaceGuard;
    sizeBytesMax: number;
    onLetGo: WriteHooks['onLetGo'];
  }) {
    this.#log = options.log;
    this.#small = options.small;
    this.#logNumber = options.logNumber;
    this.#holds = options.holds;
    this.#blob = options.blob;
    this.#space = options.space;
    this.#sizeBytesMax = options.sizeBytesMax;
    this.#onLetGo = options.onLetGo;
  }

  /**
   * Writes all chunks; resolves when they are durable. `onWritten` is called in the turn in which the log took the last
   * record, so that blobs are announced to the index in the order of the log.
   */
  async write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    onWritten: (written: WrittenBlob) => void,
  ): Promise<void> {
    try {
      if (Symbol.iterator in chunks) {
        for (const chunk of chunks) {
          const wait = this.#take(chunk);
          if (wait !== undefined) await wait;
        }
      } else {
        for await (const chunk of chunks) {
          const wait = this.#take(chunk);
          if (wait !== undefined) await wait;
        }
      }
      if (this.#blocks > 0) await this.#writing;
      await (this.#isWhole ? this.#finishWhole(onWritten) : this.#finish(onWritten));
    } catch (error) {
      await this.#writing.catch(() => {});
      throw error;
    }
  }

  /**
   * Lets go of the segments that its blocks lie in: once the index knows them, or when the upload failed. Whoever keeps it
   * for later keeps nothing else of the upload: hundreds of small ones wait for the index at a time, and what hangs on
   * them would be moved about by every collection of young objects.
   */
  releaser(): () => void {
    const releases = [...this.#releases.values()];
    return () => {
      for (const release of releases) release();
    };
  }

  #take(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#space.takeNow(chunk.byteLength)) return this.#add(chunk);
    return this.#space.take(chunk.byteLength).then(() => this.#add(chunk));
  }

  #add(chunk: Uint8Array): Promise<void> | undefined {
    this.#sizeBytes += chunk.byteLength;
    if (this.#sizeBytes > this.#sizeBytesMax) throw new BlobTooLargeError(this.#sizeBytesMax);
    let rest = chunk;
    while (rest.byteLength > 0) {
      const block = this.#openBlock();
      const taken = rest.subarray(0, blockBytesMax - block.sizeBytes);
      if (taken.byteLength < copiedBytesMax) gather(block, taken);
      else block.parts.push(taken);
      block.sizeBytes += taken.byteLength;
      rest = rest.subarray(taken.byteLength);
    }
    return this.#gathering.length > gatheredBlocksMax ? this.#writeFull() : undefined;
  }

  #openBlock(): Block {
    const last = this.#gathering.at(-1);
    if (last !== undefined && last.sizeBytes < blockBytesMax) return last;
    const block: Block = { parts: [], sizeBytes: 0 };
    this.#gathering.push(block);
    return block;
  }

  /** Starts writing what is full, each batch after the one before it. */
  async #writeFull(): Promise<void> {
    while (this.#gathering.length > gatheredBlocksMax) {
      await this.#writing;
      this.#writing = this.#appendBlocks(this.#gathering.splice(0, writeBatchBlocks));
      // A failure is thrown where the next batch or the end waits for it.
      this.#writing.catch(() => {});
    }
  }

  async #appendBlocks(blocks: readonly Block[]): Promise<void> {
    const batch = blocks.map((block, index) =>
      this.#record({ kind: 'block', index: this.#blocks + index, sizeBytes: 0 }, block.parts),
    );
    this.#blocks += blocks.length;
    const writtenBlocks = this.#blocks;
    const location = await this.#log.append(batch);
    this.#placed(location, blocks.length);
    this.#onLetGo?.(Math.min(writtenBlocks * blockBytesMax, this.#sizeBytes));
  }

  async #finish(onWritten: (written: WrittenBlob) => void): Promise<void> {
    if (this.#gathering.length > 0) await this.#appendBlocks(this.#gathering.splice(0));
    const runs = encodeRuns(this.#runs);
    const record = this.#record({ kind: 'end', index: this.#blocks, sizeBytes: this.#sizeBytes }, [runs]);
    const location = await this.#log.append([record]);
    this.#hold(location.segment);
    onWritten(this.#written(location, runs.byteLength));
    await this.#log.sync();
  }

  get #isWhole(): boolean {
    return this.#blocks === 0 && this.#gathering.length <= 1;
  }

  #finishWhole(onWritten: (written: WrittenBlob) => void): Promise<void> {
    const parts = this.#gathering[0]?.parts ?? [];
    const sizeBytes = this.#sizeBytes;
    const record = this.#record({ kind: 'whole', index: 0, sizeBytes }, parts);
    return new Promise((stored, failed) => {
      this.#small.add({
        ...{ blob: this.#blob, record, lengthBytes: recordLengthBytes(sizeBytes), stored, failed },
        written: (location, release) => {
          this.#releases.set(location.segment, release);
          this.#placed(location, 1);
          onWritten(this.#written(location, sizeBytes));
        },
      });
    });
  }

  #record(
    header: { kind: 'block' | 'end' | 'whole'; index: number; sizeBytes: number },
    parts: readonly Uint8Array[],
  ): RecordParts {
    return [encodeBlockHeader({ ...header, blob: this.#blob }), ...parts];
  }

  #placed(location: RecordLocation, blocks: number): void {
    appendRun(this.#runs, { ...location, blocks });
    this.#hold(location.segment);
  }

  #hold(segment: number): void {
    if (this.#releases.has(segment)) return;
    this.#releases.set(segment, this.#holds.hold(segmentName({ log: this.#logNumber, segment })));
  }

  #written(last: RecordLocation, dataBytes: number): WrittenBlob {
    const end = {
      segment: last.segment,
      position: last.position + recordLengthBytes(dataBytes),
    };
    return { sizeBytes: this.#sizeBytes, runs: runsWithEnd(this.#runs, last), end };
  }
}

/** Of the record of so many bytes of data: both headers included. */
function recordLengthBytes(dataBytes: number): number {
  return recordHeaderBytes + blockHeaderBytes + dataBytes;
}

/** One more than a batch: a small block behind the last full batch, which encryption makes of 1 MiB, is no write of its own. */
const gatheredBlocksMax = writeBatchBlocks + 1;

/** Below this a copy is cheaper than a buffer of its own in the write, and bounds what a peer's tiny chunks can take. */
const copiedBytesMax = 1024;
const gatherBytes = 8 * 1024;

/** Appends a copy to the block's last part if that is a gathered one with room, else to a new one. */
function gather(block: Block, chunk: Uint8Array): void {
  const last = block.gathered;
  if (
    last !== undefined &&
    last.used + chunk.byteLength <= last.bytes.byteLength &&
    block.parts.at(-1)!.buffer === last.bytes.buffer
  ) {
    last.bytes.set(chunk, last.used);
    last.used += chunk.byteLength;
    block.parts[block.parts.length - 1] = last.bytes.subarray(0, last.used);
    return;
  }
  const bytes = Buffer.allocUnsafeSlow(gatherBytes);
  bytes.set(chunk);
  block.gathered = { bytes, used: chunk.byteLength };
  block.parts.push(bytes.subarray(0, chunk.byteLength));
}
