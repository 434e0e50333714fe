// Reads a topic from a place on, to where it ends now or for as long as the client stays. Partitions take turns, one read
// each, so what is in memory is one read, however many partitions and records there are.

import { ApiError } from '@cairn/service';
import type { Clock } from '@cairn/world';
import { decodeBatchHeader } from '../../batch/batch-header.ts';
import type { OpenPartition, Topic } from '../../broker/topics/topic.ts';
import type { Topics } from '../../broker/topics/topics.ts';
import { readBytesMax } from '../../limits.ts';
import { explanationOf } from '../api-errors.ts';
import { offsetOf, type Place } from './place.ts';
import { type RecordItem, recordItemOf } from './record-json.ts';
import { visibleRecords } from './visible-records.ts';

export type RecordsRequest = {
  readonly topic: Topic;
  /** All, those that are added meanwhile too, when absent. */
  readonly partitions?: readonly number[] | undefined;
  readonly from: Place;
  /** By partition, instead of `from`. */
  readonly offsets?: ReadonlyMap<number, number>;
  readonly count?: number | undefined;
  readonly follow: boolean;
  /** Nothing of transactions that are open or were aborted. */
  readonly committed: boolean;
};

export type RecordStreamParts = { readonly topics: Topics; readonly clock: Clock };

type Group = readonly RecordItem[];
type Cursor = { readonly index: number; offset: number; readonly end: number };

/** A partition that was opened anew tells nothing to who listened before. */
const lookAgainMs = 1_000;

export class RecordStream {
  readonly #parts: RecordStreamParts;
  readonly #request: RecordsRequest;
  readonly #signal: AbortSignal;
  readonly #cursors: Cursor[] = [];

  private constructor(parts: RecordStreamParts, request: RecordsRequest, signal: AbortSignal) {
    this.#parts = parts;
    this.#request = request;
    this.#signal = signal;
  }

  /** Throws what is wrong with the request before the first record. */
  static async open(
    parts: RecordStreamParts,
    request: RecordsRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Group>> {
    const stream = new RecordStream(parts, request, signal);
    const { topic, partitions = [...Array(topic.partitionCount).keys()] } = request;
    for (const index of partitions) await stream.#begin(index, request.from);
    return stream.#groups();
  }

  async *#groups(): AsyncGenerator<Group, void, undefined> {
    let left = this.#request.count ?? Number.POSITIVE_INFINITY;
    try {
      while (left > 0 && !this.#signal.aborted) {
        let isIdle = true;
        for (const cursor of this.#cursors) {
          for await (const group of this.#read(cursor)) {
            isIdle = false;
            const taken = group.length > left ? group.slice(0, left) : group;
            left -= taken.length;
            yield taken;
            if (left === 0) return;
          }
        }
        if (!isIdle) continue;
        if (!this.#request.follow && this.#cursors.every(({ offset, end }) => offset >= end)) return;
        if (this.#request.follow) await this.#untilMore();
      }
    } catch (error) {
      throw explanationOf(error);
    }
  }

  async #begin(index: number, place: Place): Promise<void> {
    const { topic, follow, offsets } = this.#request;
    const partition = await this.#partition(index);
    const name = `${topic.name}/${index}`;
    const known = offsets?.get(index);
    const from: Place = known === undefined ? place : { kind: 'offset', offset: known };
    const offset = await offsetOf(from, partition, name);
    this.#cursors.push({
      index,
      offset,
      end: follow ? Number.POSITIVE_INFINITY : this.#visibleEnd(partition),
    });
  }

  /** One read of a partition, in groups; nothing at its end. */
  async *#read(cursor: Cursor): AsyncGenerator<Group, void, undefined> {
    if (cursor.offset >= cursor.end) return;
    const { committed, topic } = this.#request;
    const partition = await this.#partition(cursor.index);
    const { offset, index, end } = cursor;
    if (offset < partition.startOffset)
      throw new ApiError(
        'conflict',
        `${topic.name}/${index}: the records from ${offset} to ${partition.startOffset - 1} were removed before they were read`,
      );
    const fetched = await partition.read({ offset, bytesMax: readBytesMax, atLeastOne: true, committed });
    const last = fetched.records.at(-1);
    // What is not there was compacted away, or lost by a failing disk since `end` was looked up. Of who follows the end is that of
    // the read: more may have come meanwhile.
    const readTo = Number.isFinite(end) ? end : this.#visibleEnd(fetched);
    cursor.offset = last === undefined ? readTo : behind(last);
    for await (const group of visibleRecords(fetched, offset)) {
      const wanted = group.filter((record) => record.offset < end);
      if (wanted.length > 0) yield wanted.map((record) => recordItemOf(index, record));
    }
  }

  #visibleEnd({
    lastStableOffset,
    highWatermark,
  }: Pick<OpenPartition, 'lastStableOffset' | 'highWatermark'>): number {
    return this.#request.committed ? lastStableOffset : highWatermark;
  }

  async #untilMore(): Promise<void> {
    await this.#addPartitions();
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = new AbortController();
    const stops: (() => void)[] = [];
    try {
      for (const { index, offset } of this.#cursors) {
        const partition = await this.#partition(index);
        stops.push(partition.onAdvance(resolve));
        if (this.#visibleEnd(partition) > offset) return;
      }
      const signal = AbortSignal.any([waiting.signal, this.#signal]);
      await Promise.race([promise, this.#parts.clock.sleep(lookAgainMs, signal).catch(() => {})]);
    } finally {
      for (const stop of stops) stop();
      waiting.abort();
    }
  }

  /** Those that the topic got meanwhile. */
  async #addPartitions(): Promise<void> {
    const { topic, partitions } = this.#request;
    if (partitions !== undefined) return;
    const current = this.#parts.topics.findById(topic.topicId);
    for (let index = this.#cursors.length; index < (current?.partitionCount ?? 0); index++)
      await this.#begin(index, { kind: 'beginning' });
  }

  #partition(index: number): OpenPartition | Promise<OpenPartition> {
    return this.#parts.topics.partition(this.#request.topic, index);
  }
}

function behind(batch: Uint8Array): number {
  const { baseOffset, lastOffsetDelta } = decodeBatchHeader(batch);
  return baseOffset + lastOffsetDelta + 1;
}
