// Reads batches of a partition: from an offset, from a time. Whole batches, as they lie in the log; never one above the
// bound that its caller gives.

import { segmentHeaderBytes } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import { type BatchHeader, decodeBatchHeader } from '../batch/batch-header.ts';
import { largestTimestampFrom } from '../batch/first-record.ts';
import { continuationsMax, emptyBatchesMax, readBytesMax, tailBytesMax } from '../limits.ts';
import type { Pace } from './compaction/pace.ts';
import { type Offset, PartitionError } from './partition.ts';
import type { PartitionState } from './partition-state.ts';
import type { SegmentIndex, SegmentSummary } from './segment-index.ts';
import { SegmentGoneError, type SegmentSource } from './segments/segment-source.ts';

export type ReadBatch = { readonly header: BatchHeader; readonly bytes: Uint8Array };

/** In the form of a segment that was found: another form of it has other positions. */
type Place = { readonly source: SegmentSource; readonly position: number };
type PlacedBatch = ReadBatch & {
  readonly behind: Place;
  /** What the next one takes at least, as far as it is known without reading it. */
  readonly nextBytes: number | undefined;
};

type BatchRequest = {
  readonly offset: Offset;
  readonly before: Offset;
  readonly bytesMax: number;
  readonly atLeastOne: boolean;
  readonly take?: ((bytes: number) => Buffer) | undefined;
};

type Reading = {
  readonly coveredTo: number;
  /** How much is wanted still. */
  readonly left: () => number;
  readonly take?: BatchRequest['take'];
};
/** All there is, one piece after the other. */
const all = () => Number.POSITIVE_INFINITY;

export class PartitionReader {
  readonly #state: PartitionState;
  /** Where reads ended lately, by the offset that comes next: readers go on from there. */
  readonly #continuations = new Map<Offset, Place>();

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

  /**
   * What follows the end of an earlier read, where it is the little that was appended last and memory has it: who follows a log waits
   * for no other thread then. Undefined where it is more, or not so simple.
   */
  readTail({ offset, before, bytesMax, take }: BatchRequest): readonly ReadBatch[] | undefined {
    const place = this.#continuations.get(offset);
    const { catalog } = this.#state;
    if (place === undefined || !catalog.isInForce(place.source)) return undefined;
    const { source, position } = place;
    const lengthBytes = (catalog.summaryOf(source.segment)?.coveredTo ?? 0) - position;
    if (lengthBytes <= 0 || lengthBytes > Math.min(bytesMax, tailBytesMax)) return undefined;
    const read = source.readOnCached?.(position, { lengthBytes, take });
    if (read === undefined) return undefined;
    const batches = read.payloads.map((bytes) => ({ header: decodeBatchHeader(bytes), bytes }));
    const last = batches.at(-1)!.header;
    const next = last.baseOffset + last.lastOffsetDelta + 1;
    if (next > before || batches.some(({ header }) => header.recordCount === 0)) return undefined;
    this.#continuations.delete(offset);
    this.#remember(next, { source, position: read.ends.at(-1)! });
    return batches;
  }

  async #readFrom(place: Place | undefined, request: BatchRequest): Promise<readonly ReadBatch[]> {
    const { offset, before, atLeastOne, take } = request;
    const batches: ReadBatch[] = [];
    let empty: ReadBatch | undefined;
    let emptyCount = 0;
    let left = request.bytesMax;
    let end: { readonly next: Offset; readonly behind: Place } | undefined;
    const walk = this.#walk(place, { offset, before, left: () => left, take });
    try {
      for await (const { header, bytes, behind, nextBytes = 0 } of walk) {
        // Some clients fail over an answer of such batches only, or do not go on behind it.
        if (header.recordCount === 0 && emptyCount++ < emptyBatchesMax) {
          empty = { header, bytes };
          continue;
        }
        empty = undefined;
        if (bytes.length > left && !(atLeastOne && batches.length === 0)) break;
        batches.push({ header, bytes });
        left -= bytes.length;
        end = { next: header.baseOffset + header.lastOffsetDelta + 1, behind };
        if (left <= 0 || nextBytes > left) break;
      }
    } catch (error) {
      // Damage behind sound batches is told to who reads on.
      if (end === undefined || !isCorrupt(error)) throw error;
    }
    // At the end there is one all the same, where compaction left it: else nobody could read to there.
    if (batches.length === 0 && empty !== undefined) return [empty];
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
    for (const { segment } of catalog.summaries()) {
      const { source, maxTimestampMs, coveredTo } = this.#current(segment);
      if (maxTimestampMs < timestampMs) continue;
      const index = await this.#indexOf(segment);
      const from = { source, position: index.positionOfTime(timestampMs) };
      for await (const { header, bytes } of this.#batchesOf(from, { coveredTo, left: all })) {
        if (header.baseOffset >= before) return;
        const isGone = header.baseOffset + header.lastOffsetDelta < this.#state.startOffset;
        if (!isGone && header.maxTimestampMs >= timestampMs) yield { header, bytes };
      }
    }
  }

  /** Of the batches below an offset; -1 for none. */
  async largestTimestamp(before: Offset, pace: Pace): Promise<number> {
    const { catalog, startOffset } = this.#state;
    let largest = -1;
    for (const summary of catalog.summaries()) {
      if (summary.baseOffset >= before) break;
      const isWhole = summary.baseOffset >= startOffset && summary.endOffset <= before;
      largest = Math.max(
        largest,
        isWhole ? summary.maxTimestampMs : await this.#largestIn(summary, { before, pace }),
      );
    }
    return largest;
  }

  /** Of a segment of which a part may be read. */
  async #largestIn(
    { segment }: SegmentSummary,
    { before, pace }: { before: Offset; pace: Pace },
  ): Promise<number> {
    const { startOffset } = this.#state;
    const { source, baseOffset, coveredTo } = this.#current(segment);
    const index = await this.#indexOf(segment);
    const isCut = baseOffset < startOffset;
    const place = index.placeOfOffset(isCut ? startOffset : before);
    let largest = isCut ? -1 : place.maxTimestampMs;
    const from = { source, position: place.position };
    for await (const { header, bytes } of this.#batchesOf(from, { coveredTo, left: all })) {
      if (header.baseOffset >= before) break;
      if (header.baseOffset + header.lastOffsetDelta < startOffset) continue;
      const isWhole = header.baseOffset >= startOffset;
      const own = isWhole
        ? header.maxTimestampMs
        : await largestTimestampFrom({ header, bytes }, { startOffset, pace });
      largest = Math.max(largest, own);
    }
    return largest;
  }

  /** From a place on, through one segment after the other; on in what replaced a segment that is being read. */
  async *#walk(
    place: Place | undefined,
    options: { offset: Offset; before: Offset } & Omit<Reading, 'coveredTo'>,
  ): AsyncGenerator<PlacedBatch, void, undefined> {
    const { catalog } = this.#state;
    const { left, take } = options;
    let next = options.offset;
    for (let at = place; at !== undefined; ) {
      const from: Place = at;
      const summary = catalog.isInForce(from.source) ? catalog.summaryOf(from.source.segment) : undefined;
      try {
        if (summary === undefined) throw new SegmentGoneError(from.source.segment);
        const { coveredTo, endOffset } = summary;
        for await (const batch of this.#batchesOf(from, { coveredTo, left, take })) {
          if (batch.header.baseOffset >= options.before) return;
          const end = batch.header.baseOffset + batch.header.lastOffsetDelta + 1;
          if (end <= next) continue;
          yield batch;
          next = end;
        }
        next = Math.max(next, endOffset);
        at = await this.#look(next);
      } catch (error) {
        if (!(error instanceof SegmentGoneError)) throw error;
        at = await this.#lookAgain(next, { gone: from.source, cause: error });
      }
    }
  }

  /** At or before the batch that holds an offset. */
  #find(offset: Offset): Place | undefined | Promise<Place | undefined> {
    const known = this.#continuations.get(offset);
    return known !== undefined && this.#state.catalog.isInForce(known.source) ? known : this.#look(offset);
  }

  async #look(offset: Offset): Promise<Place | undefined> {
    const { catalog } = this.#state;
    const summary = catalog.segmentOfOffset(offset);
    if (summary === undefined) return undefined;
    const source = catalog.sourceOf(summary.segment);
    if (summary.baseOffset >= offset) return { source, position: segmentHeaderBytes };
    const index = await this.#indexOf(summary.segment);
    return { source, position: index.positionOfOffset(offset) };
  }

  #lookAgain(
    offset: Offset,
    { gone, cause }: { gone: SegmentSource; cause: Error },
  ): Promise<Place | undefined> {
    const { startOffset, catalog } = this.#state;
    // It was removed while it was read: by now it lies below the start.
    if (offset < startOffset) throw new PartitionError('OFFSET_OUT_OF_RANGE', 'it was removed', { cause });
    if (catalog.isInForce(gone))
      throw new PartitionError('KAFKA_STORAGE_ERROR', 'the log could not be read', { cause });
    return this.#look(offset);
  }

  /** An offset itself where its batch is sound, else where the next sound one begins; undefined when none follows. */
  async soundFrom(offset: Offset): Promise<Offset | undefined> {
    const { catalog } = this.#state;
    for (const { segment, endOffset } of catalog.summaries()) {
      if (endOffset <= offset) continue;
      const sound = await soundIn(this.#current(segment).source, offset).catch(ifCorrupt);
      if (sound !== undefined) return sound;
    }
    return undefined;
  }

  /**
   * In a log whose times never go back: the end of the last sound batch that is older than this time, with nothing but
   * damage and what is as late behind it; undefined when all is older. Reads whole segments.
   */
  async endOfOlder(timestampMs: number): Promise<Offset | undefined> {
    let end = this.#state.startOffset;
    for (const { segment, endOffset, maxTimestampMs } of this.#state.catalog.summaries()) {
      if (maxTimestampMs >= timestampMs) {
        for await (const found of this.#current(segment).source.list()) {
          if (found.kind === 'damage') continue;
          const header = decodeBatchHeader(found.payload);
          if (header.maxTimestampMs >= timestampMs) return end;
          end = Math.max(end, header.baseOffset + header.lastOffsetDelta + 1);
        }
        return end;
      }
      end = Math.max(end, endOffset);
    }
    return undefined;
  }

  /** The sound batch that holds an offset, found by the headers of all batches of its segment. */
  async #findBehindDamage(offset: Offset): Promise<Place | undefined> {
    const { catalog } = this.#state;
    const segment = catalog.segmentOfOffset(offset)?.segment;
    if (segment === undefined) return undefined;
    const source = catalog.sourceOf(segment);
    // Offsets are missing where compaction removed records: only behind damage is what begins later another one.
    let isBehindDamage = false;
    for await (const found of source.list()) {
      if (found.kind === 'damage') {
        isBehindDamage = true;
        continue;
      }
      const { baseOffset, lastOffsetDelta } = decodeBatchHeader(found.payload);
      if (baseOffset + lastOffsetDelta >= offset)
        return baseOffset <= offset || !isBehindDamage ? { source, position: found.position } : undefined;
      isBehindDamage = false;
    }
    return undefined;
  }

  /** The batches of one segment from a place on. Throws PartitionError for damage. */
  async *#batchesOf(
    { source, position }: Place,
    { coveredTo, left, take }: Reading,
  ): AsyncGenerator<PlacedBatch, void, undefined> {
    for (let at = position; at < coveredTo; ) {
      const lengthBytes = Math.min(readBytesMax, Math.max(left(), 1), coveredTo - at);
      const { payloads, ends, nextBytes } = await source.readOn(at, { lengthBytes, take });
      if (payloads.length === 0) return;
      for (const [index, bytes] of payloads.entries())
        yield {
          header: decodeBatchHeader(bytes),
          bytes,
          behind: { source, position: ends[index]! },
          nextBytes: index === payloads.length - 1 ? nextBytes : 0,
        };
      at = ends.at(-1)!;
    }
  }

  /** A segment of a list that may have aged. Throws SegmentGoneError. */
  #current(segment: number): SegmentSummary & { readonly source: SegmentSource } {
    const { catalog } = this.#state;
    const summary = catalog.summaryOf(segment);
    if (summary === undefined) throw new SegmentGoneError(segment);
    return { ...summary, source: catalog.sourceOf(segment) };
  }

  async #indexOf(segment: number): Promise<SegmentIndex> {
    try {
      return await this.#state.catalog.indexOf(segment);
    } catch (cause) {
      if (!(cause instanceof DiskError)) throw cause;
      throw new PartitionError('KAFKA_STORAGE_ERROR', 'an index could not be read', { cause });
    }
  }

  #remember(offset: Offset, place: Place): void {
    this.#continuations.set(offset, place);
    if (this.#continuations.size > continuationsMax)
      this.#continuations.delete(this.#continuations.keys().next().value!);
  }
}

/** The first offset from this one on that is in a sound batch. */
async function soundIn(source: SegmentSource, offset: Offset): Promise<Offset | undefined> {
  for await (const found of source.list()) {
    if (found.kind === 'damage') continue;
    const { baseOffset, lastOffsetDelta } = decodeBatchHeader(found.payload);
    if (baseOffset + lastOffsetDelta >= offset) return Math.max(offset, baseOffset);
  }
  return undefined;
}

/** A batch file without a sound header: nothing of it can be read. */
function ifCorrupt(error: unknown): undefined {
  if (!isCorrupt(error)) throw error;
}

export function isCorrupt(error: unknown): boolean {
  return error instanceof PartitionError && error.code === 'CORRUPT_MESSAGE';
}
