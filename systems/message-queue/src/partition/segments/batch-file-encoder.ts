// The bytes of a batch file one after the other, for whoever writes or sends them; and the file's index, which comes with them.

import { decodeBatchHeader } from '../../batch/batch-header.ts';
import type { Offset } from '../partition.ts';
import { SegmentIndex } from '../segment-index.ts';
import {
  batchFileHeaderBytes,
  batchFileSeed,
  encodeBatchFileFooter,
  encodeBatchFileHeader,
  encodeFrameHeader,
  frameHeaderBytes,
} from './batch-file-format.ts';

export class BatchFileEncoder {
  /** Of the batches that were framed. */
  readonly index: SegmentIndex;
  readonly #id: Uint8Array;
  readonly #baseOffset: Offset;
  readonly #seed: number;
  #position = batchFileHeaderBytes;
  #batches = 0;

  /** `id` is random, 16 bytes; `segment` the number under which the catalog has the file. */
  constructor(file: { readonly segment: number; readonly id: Uint8Array; readonly baseOffset: Offset }) {
    this.#id = file.id;
    this.#baseOffset = file.baseOffset;
    this.#seed = batchFileSeed(file.id);
    this.index = new SegmentIndex(file.segment, file.baseOffset);
  }

  get batches(): number {
    return this.#batches;
  }

  /** Of header and frames until now. */
  get position(): number {
    return this.#position;
  }

  header(): Buffer {
    return encodeBatchFileHeader({ id: this.#id, baseOffset: this.#baseOffset });
  }

  /** The next batch, in the order of offsets. */
  frame(batch: Uint8Array): readonly [Buffer, Uint8Array] {
    const header = encodeFrameHeader(batch, { position: this.#position, seed: this.#seed });
    const lengthBytes = frameHeaderBytes + batch.length;
    this.index.add(decodeBatchHeader(batch), { position: this.#position, lengthBytes });
    this.#position += lengthBytes;
    this.#batches += 1;
    return [header, batch];
  }

  /** What ends the file: it answers for all offsets below `endOffset`, also for those of which there is nothing. */
  footer(endOffset: Offset): Buffer {
    this.index.answerUntil(endOffset);
    const totals = { batches: this.#batches, position: this.#position };
    return encodeBatchFileFooter({ ...totals, ...this.index.summary() }, this.#seed);
  }
}
