// A sealed segment as the bytes of a blob: a batch file, and behind it the file's index. Made while it is sent, in pieces, so
// that memory does not grow with the segment.

import { crc32c } from '@cairn/hashing';
import { readBytesMax } from '../limits.ts';
import { PartitionError } from '../partition/partition.ts';
import type { SegmentSummary } from '../partition/segment-index.ts';
import { BatchFileEncoder } from '../partition/segments/batch-file-encoder.ts';
import { batchFileHeaderBytes } from '../partition/segments/batch-file-format.ts';
import type { SegmentSource } from '../partition/segments/segment-source.ts';
import type { RemoteSegment } from './remote-list.ts';

export type SegmentUploadParts = {
  readonly source: SegmentSource;
  readonly summary: SegmentSummary;
  /** Random, of the batch file. */
  readonly id: Uint8Array;
  /** Resolves when so many bytes may be sent. */
  readonly pace: (bytes: number) => Promise<void>;
};

export class SegmentUpload {
  readonly #parts: SegmentUploadParts;
  readonly #encoder: BatchFileEncoder;
  #sizeBytes = 0;
  #fileBytes = 0;
  #checksum = 0;
  #failure: unknown;

  constructor(parts: SegmentUploadParts) {
    const { segment, baseOffset } = parts.summary;
    this.#parts = parts;
    this.#encoder = new BatchFileEncoder({ segment, baseOffset, id: parts.id });
  }

  /** What ended the body before its end, as whoever takes it may tell it in words of its own. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Once. Throws PartitionError: CORRUPT_MESSAGE when the segment is damaged, KAFKA_STORAGE_ERROR when it cannot be read now. */
  async *body(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#pieces();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    yield this.#sent([this.#encoder.header()]);
    for await (const batches of this.#batches())
      yield this.#sent(batches.flatMap((batch) => this.#encoder.frame(batch)));
    yield this.#sent([this.#encoder.footer(this.#parts.summary.endOffset)]);
    this.#fileBytes = this.#sizeBytes;
    yield this.#sent([this.#encoder.index.encode()]);
  }

  /** After the body. */
  get checksum(): number {
    return this.#checksum;
  }

  /** After the body. */
  describe(name: string): RemoteSegment {
    const { segment, baseOffset, endOffset, maxTimestampMs, coveredTo } = this.#encoder.index.summary();
    const place = { coveredTo, fileBytes: this.#fileBytes, sizeBytes: this.#sizeBytes };
    return { segment, name, baseOffset, endOffset, maxTimestampMs, ...place };
  }

  async *#batches(): AsyncGenerator<readonly Uint8Array[], void, undefined> {
    const { source, summary, pace } = this.#parts;
    for (let position = batchFileHeaderBytes; position < summary.coveredTo; ) {
      const lengthBytes = Math.min(readBytesMax, summary.coveredTo - position);
      const { payloads, ends } = await source.readOn(position, { lengthBytes });
      const end = ends.at(-1);
      if (end === undefined) break;
      await pace(end - position);
      position = end;
      yield payloads;
    }
    const { endOffset } = this.#encoder.index.summary();
    if (source.bounds !== undefined || endOffset === summary.endOffset) return;
    throw new PartitionError(
      'CORRUPT_MESSAGE',
      `segment ${summary.segment} ends at ${endOffset}, not ${summary.endOffset}`,
    );
  }

  #sent(pieces: readonly Uint8Array[]): Buffer {
    const bytes = Buffer.concat(pieces);
    this.#sizeBytes += bytes.length;
    this.#checksum = crc32c(bytes, this.#checksum);
    return bytes;
  }
}
