// Appends to a partition, in the order of calls. What waits is decided and written together; the next gathering is decided
// when this one was written, while its sync is under way: so a batch is always decided by what lies before it in the log.
//
// A write that fails rejects its gathering and changes nothing: the draft that decided it is dropped. When the log itself
// gives up (a failed sync: nothing is known of what was not synced), so does the partition: it has to be opened again.

import { type RecordLocation, recordHeaderBytes, SegmentLogError } from '@cairn/segment-log';
import type { Clock } from '@cairn/world';
import { type BatchHeader, decodeBatchHeader, placeBatch, setLogAppendTime } from '../batch/batch-header.ts';
import { encodeMarker, type TransactionMarker } from '../batch/control-records.ts';
import { gatheredBytesMax, heldBackBytesMax } from '../limits.ts';
import type { IncomingBatch } from './incoming-batches.ts';
import { type Appended, type Offset, PartitionError } from './partition.ts';
import type { PartitionState } from './partition-state.ts';
import type { EndedTransaction, ProducerDraft } from './producers.ts';
import { noteLeaderEpoch } from './recover-partition.ts';

export type AppenderParts = {
  readonly state: PartitionState;
  readonly clock: Clock;
  /** Called after each write, with its bytes; `sealed` when it began another segment. */
  readonly onWritten: (written: { lengthBytes: number; sealed: number | undefined }) => void;
  /** Called once: the log takes no more writes. */
  readonly onFailed: (error: unknown) => void;
};

type Content = { readonly batches: readonly IncomingBatch[] } | { readonly marker: TransactionMarker };
type Waiting = {
  readonly content: Content;
  readonly lengthBytes: number;
  readonly answer: PromiseWithResolvers<Appended>;
};
type Placed = { readonly header: BatchHeader; readonly bytes: Uint8Array };

/** What one write does, all or nothing. */
class Gathering {
  readonly draft: ProducerDraft;
  readonly placed: Placed[] = [];
  readonly ended: EndedTransaction[] = [];
  readonly answers: { readonly waiting: Waiting; readonly appended: Appended }[] = [];
  endOffset: Offset;

  constructor(draft: ProducerDraft, endOffset: Offset) {
    this.draft = draft;
    this.endOffset = endOffset;
  }
}

export class Appender {
  readonly #parts: AppenderParts;
  readonly #queue: Waiting[] = [];
  #queuedBytes = 0;
  /** Resolves the wait of what is held back. */
  #writeNow: (() => void) | undefined;
  readonly #syncs = new Set<Promise<void>>();
  #writing: Promise<void> | undefined;
  #failure: PartitionError | undefined;

  constructor(parts: AppenderParts) {
    this.#parts = parts;
  }

  append(content: Content): Promise<Appended> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const lengthBytes =
      'batches' in content ? content.batches.reduce((sum, { bytes }) => sum + bytes.length, 0) : 0;
    const waiting = { content, lengthBytes, answer: Promise.withResolvers<Appended>() };
    this.#queue.push(waiting);
    this.#queuedBytes += lengthBytes;
    if (this.#queuedBytes >= heldBackBytesMax) this.#writeNow?.();
    this.#writing ??= this.#writeAll();
    return waiting.answer.promise;
  }

  /** The same in this turn, where it has to wait for nothing: no write or sync under way, none on another thread. */
  appendNow(content: Content): Appended | Promise<Appended> {
    const isIdle = this.#writing === undefined && this.#syncs.size === 0 && this.#failure === undefined;
    if (!isIdle) return this.append(content);
    const { state, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const gathering = new Gathering(state.producers.begin(), state.endOffset);
    const baseOffset = this.#decide(gathering, content, nowMs);
    // A batch that is there already is answered when that one is durable.
    if (gathering.placed.length === 0) return this.append(content);
    const location = state.log.appendNow(gathering.placed.map(({ bytes }) => [bytes]));
    if (location === undefined) return this.append(content);
    this.#take(gathering, location);
    const appended = this.#appendedAt(baseOffset, nowMs);
    if (state.config.durability === 'os') {
      state.advance(gathering.endOffset, state.emptyFrom);
      return appended;
    }
    const answer = Promise.withResolvers<Appended>();
    gathering.answers.push({ waiting: { content, lengthBytes: 0, answer }, appended });
    this.#confirm(gathering);
    return answer.promise;
  }

  /** Resolves when everything that was asked for was answered. */
  async settle(): Promise<void> {
    while (this.#writing !== undefined || this.#syncs.size > 0) {
      await this.#writing;
      await Promise.all(this.#syncs);
    }
  }

  async #writeAll(): Promise<void> {
    // Those of the same turn are written together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      await this.#holdBack();
      await this.#writeGathering();
    }
    this.#writing = undefined;
  }

  /**
   * What is little waits while a sync is under way: its own cannot begin before that ends, and one write of all that came
   * meanwhile costs as much as one of each.
   */
  async #holdBack(): Promise<void> {
    if (this.#syncs.size === 0 || this.#queuedBytes >= heldBackBytesMax) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#writeNow = resolve;
    void Promise.allSettled(this.#syncs).then(() => resolve());
    await promise;
    this.#writeNow = undefined;
  }

  async #writeGathering(): Promise<void> {
    const gathering = this.#gather();
    if (gathering.answers.length === 0) return;
    try {
      if (gathering.placed.length > 0) {
        const location = await this.#parts.state.log.append(gathering.placed.map(({ bytes }) => [bytes]));
        this.#take(gathering, location);
      }
    } catch (error) {
      this.#refuse(gathering, error);
      return;
    }
    this.#confirm(gathering);
  }

  /** Decides what waits; what may not be appended is answered at once. */
  #gather(): Gathering {
    const { state, clock } = this.#parts;
    const gathering = new Gathering(state.producers.begin(), state.endOffset);
    const nowMs = clock.nowMs();
    for (let bytes = 0; this.#queue.length > 0 && bytes < gatheredBytesMax; ) {
      const waiting = this.#queue.shift()!;
      bytes += waiting.lengthBytes;
      this.#queuedBytes -= waiting.lengthBytes;
      if (this.#failure !== undefined) {
        waiting.answer.reject(this.#failure);
        continue;
      }
      try {
        const baseOffset = this.#decide(gathering, waiting.content, nowMs);
        gathering.answers.push({ waiting, appended: this.#appendedAt(baseOffset, nowMs) });
      } catch (error) {
        waiting.answer.reject(error);
      }
    }
    return gathering;
  }

  #appendedAt(baseOffset: Offset, nowMs: number): Appended {
    const { startOffset, config } = this.#parts.state;
    const logAppendTimeMs = config.timestampType === 'LogAppendTime' ? nowMs : -1;
    return { baseOffset, startOffset, logAppendTimeMs };
  }

  /** The offset of the first batch. Throws PartitionError, and then nothing of it is in the gathering. */
  #decide(gathering: Gathering, content: Content, nowMs: number): Offset {
    const draft = gathering.draft.begin();
    const decided =
      'marker' in content
        ? this.#decideMarker(content.marker, { draft, gathering, nowMs })
        : this.#decideBatches(content.batches, { draft, gathering, nowMs });
    draft.commit();
    gathering.placed.push(...decided.placed);
    gathering.endOffset = decided.endOffset;
    if (decided.ended !== undefined) gathering.ended.push(decided.ended);
    return decided.baseOffset;
  }

  #decideBatches(
    batches: readonly IncomingBatch[],
    { draft, gathering, nowMs }: { draft: ProducerDraft; gathering: Gathering; nowMs: number },
  ) {
    const placed: Placed[] = [];
    let { endOffset } = gathering;
    let baseOffset: Offset | undefined;
    for (const { header, bytes } of batches) {
      const duplicate = draft.check(header);
      baseOffset ??= duplicate?.baseOffset ?? endOffset;
      if (duplicate !== undefined) continue;
      const at = this.#place(bytes, { baseOffset: endOffset, nowMs });
      const lastOffset = endOffset + header.lastOffsetDelta;
      draft.add(at, { baseOffset: endOffset, nowMs });
      placed.push({ header: at, bytes });
      endOffset = lastOffset + 1;
    }
    return { baseOffset: baseOffset ?? endOffset, endOffset, placed, ended: undefined };
  }

  #decideMarker(
    marker: TransactionMarker,
    { draft, gathering, nowMs }: { draft: ProducerDraft; gathering: Gathering; nowMs: number },
  ) {
    const { endOffset: baseOffset } = gathering;
    // It was written before: the answer waits until that one is durable.
    if (!draft.checkMarker(marker))
      return { baseOffset, endOffset: baseOffset, placed: [], ended: undefined };
    const bytes = encodeMarker(marker, nowMs);
    const header = this.#place(bytes, { baseOffset, nowMs });
    const { commit, coordinatorEpoch } = marker;
    const ended = draft.addMarker(header, { commit, coordinatorEpoch, offset: baseOffset, nowMs });
    return { baseOffset, endOffset: baseOffset + 1, placed: [{ header, bytes }], ended };
  }

  #place(bytes: Uint8Array, { baseOffset, nowMs }: { baseOffset: Offset; nowMs: number }): BatchHeader {
    const { config, leaderEpoch } = this.#parts.state;
    placeBatch(bytes, { baseOffset, leaderEpoch });
    if (config.timestampType === 'LogAppendTime') setLogAppendTime(bytes, nowMs);
    return decodeBatchHeader(bytes);
  }

  /** The operating system has it. */
  #take(gathering: Gathering, first: RecordLocation): void {
    const { state, onWritten } = this.#parts;
    gathering.draft.commit();
    for (const ended of gathering.ended) state.transactions.end(ended);
    let { position } = first;
    let sealed: number | undefined;
    for (const { header, bytes } of gathering.placed) {
      const lengthBytes = recordHeaderBytes + bytes.length;
      const location = { segment: first.segment, position };
      const left = state.catalog.add(header, { location, lengthBytes });
      sealed ??= left;
      noteLeaderEpoch(state.leaderEpochs, header);
      state.took(header);
      position += lengthBytes;
    }
    state.endOffset = gathering.endOffset;
    onWritten({ lengthBytes: position - first.position, sealed });
  }

  /** Answers once it is as durable as the topic asks. */
  #confirm(gathering: Gathering): void {
    const { state } = this.#parts;
    const { emptyFrom } = state;
    const answerAll = () => {
      state.advance(gathering.endOffset, emptyFrom);
      for (const { waiting, appended } of gathering.answers) waiting.answer.resolve(appended);
    };
    if (state.config.durability === 'os') {
      answerAll();
      return;
    }
    const sync = state.log.sync().then(answerAll, (error) => this.#refuse(gathering, error));
    this.#syncs.add(sync);
    void sync.finally(() => this.#syncs.delete(sync));
  }

  #refuse(gathering: Gathering, cause: unknown): void {
    const error = new PartitionError('KAFKA_STORAGE_ERROR', 'the log could not be written', { cause });
    for (const { waiting } of gathering.answers) waiting.answer.reject(error);
    if (!(cause instanceof SegmentLogError) || this.#failure !== undefined) return;
    this.#failure = error;
    this.#parts.onFailed(cause);
  }
}
