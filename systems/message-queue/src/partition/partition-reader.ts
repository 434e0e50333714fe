// Reads batches of a partition: from an offset, from a time. Whole batches, as they lie in the log; never one above the
// bound that its caller gives.

import {
  type RecordLocation,
  recordHeaderBytes,
  SegmentLogError,
  segmentHeaderBytes,
} from '@cairn/segment-log';
import { type BatchHeader, decodeBatchHeader } from '../batch/batch-header.ts';
import { largestTimestampFrom } from '../batch/first-record.ts';
import { continuationsMax, readBytesMax } from '../limits.ts';
import { type Offset, PartitionError } from './partition.ts';
import type { PartitionState } from './partition-state.ts';
import type { SegmentIndex, SegmentSummary } from './segment-index.ts';

export type ReadBatch = { readonly header: BatchHeader; readonly bytes: Uint8Array };

type BatchRequest = {
  readonly offset: Offset;
  readonly before: Offset;
  readonly bytesMax: number;
  readonly atLeastOne: boolean;
};

export class PartitionReader {
  readonly #state: PartitionState;
  /** Where reads ended lately, by the offset that comes next: readers go on from there. */
  readonly #continuations = new Map<Offset, RecordLocation>();

  constructor(state: PartitionState) {
    this.#state = state;
  }

  /** Batches from the one that holds `offset` on, up to `before` and `bytesMax`; the first always when `atLeastOne`. */
  async read(request: BatchRequest): Promise<readonly ReadBatch[]> {
    const { offset } = request;
    try {
      return await this.#readFrom(await this.#find(offset), request);
    } catch (error) {
      // What lies between the place from which it is looked for and the batch may be what is damaged.
      const place = isCorrupt(error) ? await this.#findBehindDamage(offset) : undefined;
      if (place === undefined) throw error;
      return this.#readFrom(place, request);
    }
  }

  async #readFrom(place: RecordLocation | undefined, request: BatchRequest): Promise<readonly ReadBatch[]> {
    const { offset, before, atLeastOne } = request;
    const batches: ReadBatch[] = [];
    let left = request.bytesMax;
    let end: { readonly next: Offset; readonly behind: RecordLocation } | undefined;
    const walk = this.#walk(place, { offset, before, lengthBytes: () => left });
    try {
      for await (const { header, bytes, behind } of walk) {
        if (bytes.length > left && !(atLeastOne && batches.length === 0)) break;
        batches.push({ header, bytes });
        left -= bytes.length;
        end = { next: header.baseOffset + header.lastOffsetDelta + 1, behind };
        if (left <= 0) break;
      }
    } catch (error) {
      // Damage behind sound batches is told to who reads on.
      if (end === undefined || !isCorrupt(error)) throw error;
    }
    if (end === undefined) return batches;
    this.#continuations.delete(offset);
    this.#remember(end.next, end.behind);
    return batches;
  }

  /**
   * Batches below an offset whose header says that they have a timestamp at or after this one, in their order. The markers of
   * transactions count, as in Kafka: a position is looked for, and the largest timestamp may be one of theirs.
   */
  async *batchesOfTime(timestampMs: number, before: Offset): AsyncGenerator<ReadBatch, void, undefined> {
    const { catalog } = this.#state;
    for (const { segment, maxTimestampMs, coveredTo } of catalog.summaries()) {
      if (maxTimestampMs < timestampMs) continue;
      const index = await this.#indexOf(segment);
      const from = { segment, position: index.positionOfTime(timestampMs) };
      for await (const { header, bytes } of this.#batchesOf(from, {
        coveredTo,
        lengthBytes: () => readBytesMax,
      })) {
        if (header.baseOffset >= before) return;
        const isGone = header.baseOffset + header.lastOffsetDelta < this.#state.startOffset;
        if (!isGone && header.maxTimestampMs >= timestampMs) yield { header, bytes };
      }
    }
  }

  /** Of the batches below an offset; -1 for none. */
  async largestTimestamp(before: Offset): Promise<number> {
    const { catalog, startOffset } = this.#state;
    let largest = -1;
    for (const summary of catalog.summaries()) {
      if (summary.baseOffset >= before) break;
      const isWhole = summary.baseOffset >= startOffset && summary.endOffset <= before;
      largest = Math.max(largest, isWhole ? summary.maxTimestampMs : await this.#largestIn(summary, before));
    }
    return largest;
  }

  /** Of a segment of which a part may be read. */
  async #largestIn({ segment, baseOffset, coveredTo }: SegmentSummary, before: Offset): Promise<number> {
    const { startOffset } = this.#state;
    const index = await this.#indexOf(segment);
    const isCut = baseOffset < startOffset;
    const place = index.placeOfOffset(isCut ? startOffset : before);
    let largest = isCut ? -1 : place.maxTimestampMs;
    const from = { segment, position: place.position };
    const lengthBytes = () => readBytesMax;
    for await (const { header, bytes } of this.#batchesOf(from, { coveredTo, lengthBytes })) {
      if (header.baseOffset >= before) break;
      if (header.baseOffset + header.lastOffsetDelta < startOffset) continue;
      const isWhole = header.baseOffset >= startOffset;
      const own = isWhole
        ? header.maxTimestampMs
        : await largestTimestampFrom({ header, bytes }, startOffset);
      largest = Math.max(largest, own);
    }
    return largest;
  }

  async *#walk(
    place: RecordLocation | undefined,
    options: { offset: Offset; before: Offset; lengthBytes: () => number },
  ): AsyncGenerator<ReadBatch & { readonly behind: RecordLocation }, void, undefined> {
    const { catalog } = this.#state;
    let from = place;
    while (from !== undefined) {
      const { segment } = from;
      const coveredTo = catalog.summaries().find((summary) => summary.segment === segment)?.coveredTo ?? 0;
      for await (const batch of this.#batchesOf(from, { coveredTo, lengthBytes: options.lengthBytes })) {
        if (batch.header.baseOffset >= options.before) return;
        if (batch.header.baseOffset + batch.header.lastOffsetDelta >= options.offset) yield batch;
      }
      const after = catalog.segmentAfter(segment);
      from = after === undefined ? undefined : { segment: after.segment, position: segmentHeaderBytes };
    }
  }

  /** At or before the batch that holds an offset. */
  async #find(offset: Offset): Promise<RecordLocation | undefined> {
    const known = this.#continuations.get(offset);
    if (known !== undefined) return known;
    const { catalog } = this.#state;
    const summary = catalog.segmentOfOffset(offset);
    if (summary === undefined) return undefined;
    const index = await this.#indexOf(summary.segment);
    return { segment: summary.segment, position: index.positionOfOffset(offset) };
  }

  /** The sound batch that holds an offset, found by the headers of all records of its segment. */
  async #findBehindDamage(offset: Offset): Promise<RecordLocation | undefined> {
    const { catalog, log } = this.#state;
    const segment = catalog.segmentOfOffset(offset)?.segment;
    if (segment === undefined) return undefined;
    for await (const found of log.list(segment)) {
      if (found.kind === 'damage' || !found.isSound()) continue;
      const { baseOffset, lastOffsetDelta } = decodeBatchHeader(found.payload);
      if (baseOffset + lastOffsetDelta < offset) continue;
      return baseOffset <= offset ? found.location : undefined;
    }
    return undefined;
  }

  /** The batches of one segment from a place on. Throws PartitionError for damage. */
  async *#batchesOf(
    from: RecordLocation,
    options: { coveredTo: number; lengthBytes: () => number },
  ): AsyncGenerator<ReadBatch & { readonly behind: RecordLocation }, void, undefined> {
    for (let at = from; at.position < options.coveredTo; ) {
      const lengthBytes = Math.min(
        readBytesMax,
        Math.max(options.lengthBytes(), 1),
        options.coveredTo - at.position,
      );
      const { payloads, ends } = await this.#readOn(at, lengthBytes);
      if (payloads.length === 0) return;
      for (const [index, bytes] of payloads.entries())
        yield {
          header: decodeBatchHeader(bytes),
          bytes,
          behind: { segment: at.segment, position: ends[index]! },
        };
      at = { segment: at.segment, position: ends.at(-1)! };
    }
  }

  async #readOn(at: RecordLocation, lengthBytes: number) {
    try {
      const { payloads, next } = await this.#state.log.readOn(at, { lengthBytes });
      let end = next.position;
      const ends = payloads.toReversed().map((payload) => {
        const own = end;
        end -= payload.length + recordHeaderBytes;
        return own;
      });
      return { payloads, ends: ends.reverse() };
    } catch (error) {
      throw toPartitionError(error);
    }
  }

  async #indexOf(segment: number): Promise<SegmentIndex> {
    try {
      return await this.#state.catalog.indexOf(segment, this.#state.log);
    } catch (error) {
      throw toPartitionError(error);
    }
  }

  #remember(offset: Offset, location: RecordLocation): void {
    this.#continuations.set(offset, location);
    if (this.#continuations.size > continuationsMax)
      this.#continuations.delete(this.#continuations.keys().next().value!);
  }
}

function isCorrupt(error: unknown): boolean {
  return error instanceof PartitionError && error.code === 'CORRUPT_MESSAGE';
}

function toPartitionError(error: unknown): unknown {
  if (!(error instanceof SegmentLogError)) {
    return new PartitionError('KAFKA_STORAGE_ERROR', 'the log could not be read', { cause: error });
  }
  // Its segment was removed while it was read: by now it lies below the start.
  if (error.code === 'not-found')
    return new PartitionError('OFFSET_OUT_OF_RANGE', 'it was removed', { cause: error });
  const code = error.code === 'damaged' ? 'CORRUPT_MESSAGE' : 'KAFKA_STORAGE_ERROR';
  return new PartitionError(code, error.message, { cause: error });
}
