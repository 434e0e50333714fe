// A partition on a segment log: appends, reads, and what is done in between by its broker (`upkeep`).

import assert from 'node:assert/strict';
import type { SpaceGuard } from '@cairn/resilience';
import { type SegmentLog, segmentHeaderBytes } from '@cairn/segment-log';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { TransactionMarker } from '../batch/control-records.ts';
import { firstRecordAtOrAfter } from '../batch/first-record.ts';
import { checkpointEveryBytes, producerExpirationMs } from '../limits.ts';
import { PartitionTiers } from '../remote/partition-tiers.ts';
import { RemoteSegments, type RemoteSegmentsParts } from '../remote/remote-segments.ts';
import { Appender } from './appender.ts';
import { checkpointName, encodeCheckpoint, secondCheckpointName } from './checkpoint.ts';
import { checkpointOf } from './checkpoint-of.ts';
import type {
  CompactionLimits,
  CompactionOptions,
  CompactionReport,
} from './compaction/compact-partition.ts';
import { Pace } from './compaction/pace.ts';
import { Entrance } from './entrance.ts';
import { fullDisk } from './full-disk.ts';
import { type IncomingBatch, incomingBatches, ownBatches, requireNoTransaction } from './incoming-batches.ts';
import {
  type Appended,
  type AppendRequest,
  type Fetched,
  type Offset,
  type Partition,
  PartitionError,
  type ProducerState,
  type ReadRequest,
  type UndecidedTransaction,
} from './partition.ts';
import type { PartitionConfig } from './partition-config.ts';
import { isCorrupt, PartitionReader } from './partition-reader.ts';
import type { PartitionState } from './partition-state.ts';
import { againIfGone, reading } from './reading.ts';
import { isPackedOtherwise, repackBatches } from './repack-batches.ts';
import { isExpired, retainedFrom } from './retention.ts';
import { batchFileEnding } from './segments/replaced-segments.ts';
import { removeFile, replaceFile } from './small-files.ts';
import type { SpareRoom } from './spare-room.ts';
import { Steps } from './steps.ts';
import { abortedWithin } from './transactions-here.ts';

export type LogPartitionParts = {
  readonly world: World;
  readonly directory: string;
  readonly log: Telemetry['log'];
  readonly state: PartitionState;
  /** As its folder's list of segments in the blobs engine says; and the engine, where one is configured. */
  readonly remote: Pick<RemoteSegmentsParts, 'list' | 'engine' | 'prefix'>;
  /** What an append leaves free; absent where nothing is. */
  readonly space: SpaceGuard | undefined;
  /** Room for what makes room; absent where none is kept. */
  readonly spare: SpareRoom | undefined;
  /** Called once: the log takes no more writes, and the partition has to be opened again. */
  readonly onFailed: () => void;
};

export class LogPartition implements Partition {
  readonly #parts: LogPartitionParts;
  readonly #state: PartitionState;
  readonly #log: SegmentLog;
  readonly #appender: Appender;
  readonly #entrance = new Entrance();
  readonly #reader: PartitionReader;
  readonly #remote: RemoteSegments;
  readonly tiers: PartitionTiers;
  #sinceCheckpointBytes = 0;
  /** Of the last checkpoint: no segment is removed that it needs. */
  #startOffsetWritten: Offset;
  /** Upkeep, checkpoints, removals. */
  readonly #steps = new Steps();
  #segmentSinceMs: number;
  #compacting: Promise<unknown> | undefined;
  /** A segment of it is damaged. */
  #isUncleanable = false;
  readonly #closing = new AbortController();
  /** Of the pass under way. */
  #uncompacted = new AbortController();

  constructor(parts: LogPartitionParts) {
    const { state, world, log, onFailed, directory } = parts;
    this.#parts = parts;
    this.#state = state;
    this.#log = state.log;
    this.#reader = new PartitionReader(state);
    const alone = <T>(step: () => Promise<T>) => this.#steps.run(step);
    this.#remote = new RemoteSegments({ ...parts.remote, world, directory, state, log, alone });
    this.tiers = new PartitionTiers({
      ...{ state, disk: world.disk, remote: this.#remote },
      checkpoint: () => this.#checkpoint(),
      removeGone: () => this.#removeGone(),
    });
    this.#startOffsetWritten = state.startOffset;
    this.#segmentSinceMs = Math.min(state.segmentSinceMs ?? Number.POSITIVE_INFINITY, world.clock.nowMs());
    this.#appender = new Appender({
      state,
      clock: world.clock,
      onWritten: ({ lengthBytes, sealed }) => {
        this.#sinceCheckpointBytes += lengthBytes;
        if (sealed !== undefined) this.#segmentSinceMs = world.clock.nowMs();
      },
      onFailed: (error) => {
        log.error('a partition takes no more writes until it is opened again', { directory, error });
        onFailed();
      },
    });
  }

  get leaderEpoch(): number {
    return this.#state.leaderEpoch;
  }
  get startOffset(): Offset {
    return this.#state.startOffset;
  }
  get highWatermark(): Offset {
    return Math.min(this.#state.highWatermark, this.#state.visibleEnd);
  }
  get lastStableOffset(): Offset {
    const { lastStableOffset, visibleEnd, startOffset } = this.#state;
    return Math.max(Math.min(lastStableOffset, visibleEnd), startOffset);
  }
  get endOffset(): Offset {
    return this.#state.endOffset;
  }

  get config(): PartitionConfig {
    return this.#state.config;
  }

  configure(config: PartitionConfig): void {
    this.#state.config = config;
    // A second tier names segments as they are now, and who turned compaction off wants to keep what is there.
    if (!config.isCompacted) this.#uncompacted.abort(new Error('its topic is not compacted any more'));
  }

  appendNow(request: AppendRequest): Appended | Promise<Appended> {
    const { isCompacted, compression } = this.#state.config;
    const isAsItCame = !isCompacted && compression === undefined && this.#entrance.isFree;
    if (!isAsItCame || this.#parts.space?.takeNow(request.records.length) === false)
      return this.append(request);
    return this.#appender.appendNow({ batches: this.#incoming(request) });
  }

  async append(request: AppendRequest): Promise<Appended> {
    const { isCompacted, compression } = this.#state.config;
    const batches = this.#incoming(request);
    // Of the broker's own batches the records were asked for their keys before.
    const needsKeys = isCompacted && !request.isOwn;
    const isRepacked =
      compression !== undefined && batches.some((batch) => isPackedOtherwise(batch, compression));
    const room = this.#takeRoom(request.records.length);
    const prepared = needsKeys || isRepacked ? this.#prepare(batches, { needsKeys }) : undefined;
    const look = room === undefined ? prepared : Promise.all([prepared, room]).then(([found]) => found);
    return this.#entrance.enter(look, (prepared = batches) => this.#appender.append({ batches: prepared }));
  }

  #incoming({ records, transactionalId, isOwn }: AppendRequest): readonly IncomingBatch[] {
    const { clock } = this.#parts.world;
    const batches = isOwn
      ? ownBatches(records)
      : incomingBatches(records, { config: this.#state.config, nowMs: clock.nowMs() });
    if ((transactionalId ?? null) === null) requireNoTransaction(batches);
    return batches;
  }

  /** Undefined when it is there for certain. Markers of transactions go without: what waits for them could not be removed. */
  #takeRoom(bytes: number): Promise<void> | undefined {
    const { space } = this.#parts;
    if (space === undefined || space.takeNow(bytes)) return undefined;
    return space.take(bytes).catch((cause) => {
      throw new PartitionError('KAFKA_STORAGE_ERROR', 'the disk has no room for more', { cause });
    });
  }

  /** For looking at records one by one. */
  #pace(): Pace {
    const { clock } = this.#parts.world;
    return new Pace({ clock, bytesPerSecond: Number.POSITIVE_INFINITY, signal: this.#closing.signal });
  }

  async #prepare(
    batches: readonly IncomingBatch[],
    { needsKeys }: { readonly needsKeys: boolean },
  ): Promise<readonly IncomingBatch[]> {
    const { compression, batchBytesMax } = this.#state.config;
    if (needsKeys) {
      const { requireKeys } = await import('./compaction/require-keys.ts');
      await requireKeys(batches, { clock: this.#parts.world.clock, signal: this.#closing.signal });
    }
    return compression === undefined ? batches : repackBatches(batches, { compression, batchBytesMax });
  }

  async endTransaction(marker: TransactionMarker): Promise<void> {
    await this.#entrance.enter(undefined, () => this.#appender.append({ marker }));
  }

  async read({ offset, bytesMax, atLeastOne, committed, take }: ReadRequest): Promise<Fetched> {
    const { startOffset, highWatermark, lastStableOffset, endOffset } = this;
    if (offset < startOffset || offset > endOffset) {
      throw new PartitionError('OFFSET_OUT_OF_RANGE', `${offset} is not from ${startOffset} to ${endOffset}`);
    }
    const before = committed ? lastStableOffset : highWatermark;
    // Those of what is read are known by now. Compaction may forget them while it is read in its old form.
    const aborted = this.#state.transactions.aborted();
    const wanted = { offset, before, bytesMax, atLeastOne, take };
    const batches =
      offset >= before
        ? []
        : (this.#reader.readTail(wanted) ?? (await againIfGone(() => this.#reader.read(wanted))));
    const last = batches.at(-1)?.header;
    const to = last === undefined ? offset : last.baseOffset + last.lastOffsetDelta + 1;
    return {
      records: batches.map(({ bytes }) => bytes),
      sizeBytes: batches.reduce((sum, { bytes }) => sum + bytes.length, 0),
      ...{ highWatermark, lastStableOffset, startOffset },
      abortedTransactions: committed ? abortedWithin(aborted, { from: offset, to }) : [],
    };
  }

  async offsetOfTime(timestampMs: number): Promise<{ offset: Offset; timestampMs: number } | undefined> {
    return reading(async () => {
      for await (const batch of this.#reader.batchesOfTime(timestampMs, this.highWatermark)) {
        // None where its only record of that time was deleted, or where its header is wrong.
        const { startOffset } = this;
        const found = await firstRecordAtOrAfter(batch, { timestampMs, startOffset, pace: this.#pace() });
        if (found !== undefined) return found;
      }
      return undefined;
    });
  }

  async maxTimestamp(): Promise<{ offset: Offset; timestampMs: number } | undefined> {
    const largest = await reading(() => this.#reader.largestTimestamp(this.highWatermark, this.#pace()));
    return largest < 0 ? undefined : this.offsetOfTime(largest);
  }

  /** As the segments' summaries have it, so that nothing has to be read: of what was deleted too; 0 for none. */
  get largestTimestampMs(): number {
    return this.#state.catalog
      .summaries()
      .reduce((largest, { maxTimestampMs }) => Math.max(largest, maxTimestampMs), 0);
  }

  /** An offset below the high watermark itself where it can be read, else the first behind the damage that it lies in. */
  async soundFrom(offset: Offset): Promise<Offset> {
    const { highWatermark } = this;
    const sound = await reading(() => this.#reader.soundFrom(offset));
    return Math.min(sound ?? highWatermark, highWatermark);
  }

  /**
   * As `offsetOfTime`, of a log whose times never go back, but damage is no error: it counts as late as what follows it, and
   * so may the whole batch.
   */
  async keptFromTime(timestampMs: number): Promise<Offset | undefined> {
    try {
      return (await this.offsetOfTime(timestampMs))?.offset;
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      return reading(() => this.#reader.endOfOlder(timestampMs));
    }
  }

  endOffsetOfEpoch(leaderEpoch: number): { leaderEpoch: number; endOffset: Offset } | undefined {
    const { leaderEpochs } = this.#state;
    const index = leaderEpochs.findLastIndex((start) => start.leaderEpoch <= leaderEpoch);
    if (index === -1) return undefined;
    const endOffset = leaderEpochs[index + 1]?.startOffset ?? this.endOffset;
    return { leaderEpoch: leaderEpochs[index]!.leaderEpoch, endOffset };
  }

  producers(): readonly ProducerState[] {
    return this.#state.producers.states();
  }

  undecided(): readonly UndecidedTransaction[] {
    return this.#state.producers.undecided();
  }

  onAdvance(listener: () => void): () => void {
    return this.#state.onAdvance(listener);
  }

  sizeBytes(): number {
    const files = [...this.#log.segments(), ...this.#state.list.content.entries];
    return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  }

  async deleteRecordsBefore(offset: Offset): Promise<void> {
    if (offset > this.highWatermark) {
      throw new PartitionError('OFFSET_OUT_OF_RANGE', `${offset} is above ${this.highWatermark}`);
    }
    await this.#steps.run(async () => {
      this.#state.begin(offset);
      await this.#removing(() => this.#writeKnown());
      await this.#removeGone();
      await this.#saveIndexes();
    });
  }

  /** Seals, removes, syncs and writes down what is due. To be called every few seconds. */
  upkeep(): Promise<void> {
    return this.#steps.run(async () => {
      const nowMs = this.#parts.world.clock.nowMs();
      const unsealed = await this.#sealOld(nowMs).catch(fullDisk);
      this.#state.begin(this.#retainedFrom(nowMs));
      this.#state.producers.expire(nowMs - producerExpirationMs);
      const hasRisen = this.startOffset > this.#startOffsetWritten;
      const isDue = hasRisen || this.#sinceCheckpointBytes >= checkpointEveryBytes;
      if (hasRisen) await this.#removing(() => this.#writeKnown());
      else if (isDue) await this.#writeKnown();
      // What makes room goes before what only takes some.
      await this.#removeGone();
      if (isDue) await this.#saveIndexes();
      await this.tiers.upkeep(nowMs);
      if (unsealed !== undefined) throw unsealed;
    });
  }

  /** A damaged segment keeps it from being compacted, until it is opened again. */
  get isUncleanable(): boolean {
    return this.#isUncleanable;
  }

  /** Part of its compactable bytes that no pass looked at yet, 0 to 1. */
  async dirtyRatio(): Promise<number> {
    if (!this.#state.config.isCompacted) return 0;
    const { compactableOf } = await import('./compaction/compact-partition.ts');
    return compactableOf({ state: this.#state, world: this.#parts.world }).dirtyRatio;
  }

  /** Compacts what is due, which may take long; undefined when nothing was. One call at a time. */
  async compact(options: CompactionOptions = {}): Promise<CompactionReport | undefined> {
    assert(this.#compacting === undefined, 'a partition is compacted by one at a time');
    if (!this.#state.config.isCompacted || this.#isUncleanable) return undefined;
    // By now another partition may have its files.
    if (this.#closing.signal.aborted) return undefined;
    // The next upkeep leaves the blobs engine, which goes not together with compaction.
    if (this.#remote.all.length > 0) return undefined;
    this.#uncompacted = new AbortController();
    const own = [this.#closing.signal, this.#uncompacted.signal];
    const signal = AbortSignal.any([...own, ...(options.signal ? [options.signal] : [])]);
    const compacting = this.#compact(options, signal);
    this.#compacting = compacting;
    try {
      return await compacting;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof Error && error.name === 'DamagedSegmentError')) throw error;
      // Until it is opened again, as Kafka's cleaner.
      this.#isUncleanable = true;
      this.#parts.log.error('a partition is not compacted any more', {
        directory: this.#parts.directory,
        error,
      });
      return undefined;
    } finally {
      this.#compacting = undefined;
    }
  }

  async #compact(limits: CompactionLimits, signal: AbortSignal): Promise<CompactionReport | undefined> {
    const { compactPartition } = await import('./compaction/compact-partition.ts');
    const { world, directory, log } = this.#parts;
    return compactPartition({
      ...{ world, directory, log, limits, signal, state: this.#state },
      alone: (step) => this.#steps.run(step),
      checkpoint: () => this.#checkpoint(),
    });
  }

  /** Makes everything durable, also with `durability=os`. */
  async sync(): Promise<void> {
    const { endOffset, emptyFrom } = this.#state;
    await this.#log.sync();
    this.#state.advance(endOffset, emptyFrom);
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the partition is being closed'));
    await this.#compacting?.catch(() => {});
    await this.tiers.close();
    await this.#steps.end(async () => {
      await this.#entrance.settle();
      await this.#appender.settle();
      await this.#checkpoint().catch((error) => {
        this.#parts.log.warn('a partition was closed without a checkpoint', {
          directory: this.#parts.directory,
          error,
        });
      });
      await this.#log.close();
    });
  }

  async #sealOld(nowMs: number): Promise<void> {
    const { config, catalog } = this.#state;
    const isEmpty = this.#log.end.position <= segmentHeaderBytes;
    if (isEmpty) this.#segmentSinceMs = nowMs;
    if (isEmpty) return;
    const last = catalog.summaries().at(-1);
    // Otherwise a topic that gets little would keep it long beyond its time: Kafka ends such a segment too.
    const hasExpired = config.isDeleted && last !== undefined && isExpired(last, { config, nowMs });
    // What is written has to be sealed to be compacted in time.
    const ageMs = Math.min(
      config.segmentMs,
      config.isCompacted ? config.maxCompactionLagMs : config.segmentMs,
    );
    if (!hasExpired && nowMs - this.#segmentSinceMs < ageMs) return;
    if (hasExpired) await this.#removing(() => this.#log.roll());
    else await this.#log.roll();
    this.#segmentSinceMs = nowMs;
  }

  #retainedFrom(nowMs: number): Offset {
    const { config, catalog } = this.#state;
    return retainedFrom({
      ...{ config, nowMs, summaries: catalog.summaries(), current: this.#log.end.segment },
      ...{ startOffset: this.startOffset, lastStableOffset: this.lastStableOffset },
      sizeBytes: this.sizeBytes() + this.tiers.bytes.onlyThere,
    });
  }

  /** What has to be written before something is removed. */
  #removing(work: () => Promise<void>): Promise<void> {
    return this.#parts.spare?.use(work) ?? work();
  }

  async #removeGone(): Promise<void> {
    const { catalog } = this.#state;
    await this.#remote.forgetGone();
    await this.#state.removeReplaced();
    await this.#removeGoneFiles();
    const here = new Set(this.#log.segments().map(({ segment }) => segment));
    for (const { segment, endOffset } of catalog.summaries()) {
      if (endOffset > this.startOffset || segment === this.#log.end.segment) return;
      if (here.has(segment)) await this.#log.remove(segment);
      catalog.sourceOf(segment).retire();
      await catalog.forget(segment);
    }
  }

  /** Of what is not in the log: the list forgets it first. */
  async #removeGoneFiles(): Promise<void> {
    const { catalog, list, startOffset } = this.#state;
    const { disk } = this.#parts.world;
    const gone = list.content.entries.filter(({ endOffset }) => endOffset <= startOffset);
    if (gone.length === 0) return;
    await list.change({ entries: list.content.entries.filter((entry) => !gone.includes(entry)) });
    for (const { segment, name } of gone) {
      catalog.sourceOf(segment).retire();
      await catalog.forget(segment);
      await removeFile(disk, `${this.#parts.directory}/${name}${batchFileEnding}`);
    }
  }

  /** What is known now, and the index of each segment. */
  async #checkpoint(): Promise<void> {
    await this.#writeKnown();
    await this.#saveIndexes();
  }

  /** Those of sealed segments: one that a crash leaves unwritten is made again. */
  async #saveIndexes(): Promise<void> {
    const { catalog } = this.#state;
    for (const segment of catalog.unsaved()) await catalog.save(segment);
  }

  /** What is known now, once everything that it knows of is durable: all that has to be written before segments are removed. */
  async #writeKnown(): Promise<void> {
    const { world, directory } = this.#parts;
    const { catalog } = this.#state;
    const checkpoint = checkpointOf(this.#state, this.#segmentSinceMs);
    this.#sinceCheckpointBytes = 0;
    // Taken at once: later batches change it.
    const indexes = catalog.encodedCurrent(checkpoint);
    await this.#log.sync();
    for (const index of indexes) await catalog.write(index);
    const bytes = encodeCheckpoint(checkpoint);
    // What has left the disk cannot say it again should one of them rot.
    for (const name of this.#remote.isUsed ? [secondCheckpointName, checkpointName] : [checkpointName])
      await replaceFile(world.disk, { directory, name, bytes });
    this.#startOffsetWritten = checkpoint.startOffset;
  }
}
