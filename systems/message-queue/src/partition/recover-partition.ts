// Opens a partition's log and finds out what it holds: from the checkpoint on by the headers of batches.

import {
  type DamagedPlace,
  openSegmentLog,
  type RecordLocation,
  type RecoveredRecord,
  recordHeaderBytes,
  type SegmentLog,
  segmentHeaderBytes,
} from '@cairn/segment-log';
import { type Clock, DiskError, type World } from '@cairn/world';
import { type BatchHeader, decodeBatchHeader } from '../batch/batch-header.ts';
import { decodeMarker, markerBatchBytes } from '../batch/control-records.ts';
import { decodeRecords } from '../batch/records.ts';
import { batchHeaderBytes } from '../limits.ts';
import type { RemoteChunks } from '../remote/remote-chunks.ts';
import { type RemoteList, readRemoteList, summaryOf } from '../remote/remote-list.ts';
import { RemoteSource } from '../remote/remote-source.ts';
import {
  type Checkpoint,
  checkpointName,
  type LeaderEpochStart,
  locationOf,
  readCheckpoint,
  secondCheckpointName,
} from './checkpoint.ts';
import type { IndexCache } from './index-cache.ts';
import { type Offset, PartitionError } from './partition.ts';
import { emptyFromAfter } from './partition-state.ts';
import { Producers } from './producers.ts';
import { SegmentCatalog } from './segment-catalog.ts';
import { frameHeaderBytes } from './segments/batch-file-format.ts';
import { logSegmentName } from './segments/log-source.ts';
import { readSegmentList } from './segments/read-segment-list.ts';
import { removeLeftovers, sourceOfEntry, summaryOfEntry } from './segments/replaced-segments.ts';
import type { SegmentList } from './segments/segment-list.ts';
import type { SegmentSource } from './segments/segment-source.ts';
import { TransactionsHere } from './transactions-here.ts';

export type RecoverOptions = {
  readonly world: World;
  readonly directory: string;
  readonly segmentBytesMax: number;
  readonly indexes: IndexCache;
  /** Of the blobs engine; absent where none is configured. */
  readonly chunks?: RemoteChunks | undefined;
};

export type RecoveredPartition = {
  readonly log: SegmentLog;
  readonly catalog: SegmentCatalog;
  /** Of what is not read from the log. */
  readonly list: SegmentList;
  /** Of what is in the blobs engine; absent where nothing ever was. */
  readonly remote: RemoteList | undefined;
  readonly producers: Producers;
  readonly transactions: TransactionsHere;
  readonly leaderEpochs: LeaderEpochStart[];
  readonly segmentSinceMs: number | undefined;
  readonly startOffset: Offset;
  readonly endOffset: Offset;
  readonly emptyFrom: Offset | undefined;
};

export async function recoverPartition(options: RecoverOptions): Promise<RecoveredPartition> {
  const recovery = await PartitionRecovery.begin(options);
  const log = await openSegmentLog({
    ...options,
    writesPromptly: true,
    recoverFrom: recovery.from,
    onRecovered: (record) => recovery.take(record),
    onDamaged: (place) => recovery.noteDamage(place),
  });
  try {
    return await recovery.finish(log);
  } catch (error) {
    await log.close().catch(() => {});
    throw error;
  }
}

class PartitionRecovery {
  readonly #options: RecoverOptions;
  readonly #catalog: SegmentCatalog;
  readonly #list: SegmentList;
  readonly #remote: RemoteList | undefined;
  readonly #clock: Clock;
  readonly #producers: Producers;
  readonly #transactions: TransactionsHere;
  readonly #leaderEpochs: LeaderEpochStart[];
  readonly #known: Checkpoint | undefined;
  readonly from: { readonly segment: number; readonly position: number } | undefined;
  #endOffset: Offset;
  #emptyFrom: Offset | undefined;
  /** Behind the last record. */
  #damaged: readonly DamagedPlace[] = [];

  static async begin(options: RecoverOptions): Promise<PartitionRecovery> {
    const { world, directory, indexes } = options;
    const known =
      (await readCheckpoint(world.disk, `${directory}/${checkpointName}`)) ??
      (await readCheckpoint(world.disk, `${directory}/${secondCheckpointName}`));
    const names = await world.disk.list(directory);
    const list = await readSegmentList(world.disk, directory, names);
    await removeLeftovers(list.content, { disk: world.disk, directory, fileNames: names });
    const remote = await readRemoteList(world.disk, directory, names);
    const catalog = new SegmentCatalog({ disk: world.disk, directory, indexes });
    const recovery = new PartitionRecovery(
      { options, catalog, list, remote, known },
      known !== undefined && (await catalog.adopt(known.segment, known.position)),
    );
    // In the order of offsets: what was compacted once lies before what was moved from the log since.
    if (known === undefined) await recovery.#takeReplaced();
    if (known === undefined) await recovery.#takeMoved();
    return recovery;
  }

  private constructor(
    parts: {
      readonly options: RecoverOptions;
      readonly catalog: SegmentCatalog;
      readonly list: SegmentList;
      readonly remote: RemoteList | undefined;
      readonly known: Checkpoint | undefined;
    },
    isIndexed: boolean,
  ) {
    const { options, known } = parts;
    this.#options = options;
    this.#list = parts.list;
    this.#remote = parts.remote;
    this.#catalog = parts.catalog;
    this.#clock = options.world.clock;
    this.#known = known;
    this.#producers = new Producers(
      known?.producers.map((entry) => ({ ...entry, transactionFirstOffset: entry.transactionFirstOffset })),
      known?.undecided,
    );
    this.#transactions = new TransactionsHere(this.#producers, known?.abortedTransactions ?? []);
    this.#leaderEpochs = [...(known?.leaderEpochs ?? [])];
    this.#endOffset = known?.endOffset ?? 0;
    this.#emptyFrom = known?.emptyFrom;
    // Without its index the checkpoint's segment is read from its beginning.
    if (known !== undefined)
      this.from = isIndexed ? locationOf(known) : { segment: known.segment, position: segmentHeaderBytes };
  }

  /** Without any checkpoint what left the disk says it: that may take long, but aborted records must not be read as committed. */
  async #takeMoved(): Promise<void> {
    const { world, directory, chunks } = this.#options;
    const names = new Set(await world.disk.list(directory));
    for (const moved of this.#remote?.segments ?? []) {
      const isReplaced = moved.segment < this.#list.content.logFrom;
      if (isReplaced || names.has(`${logSegmentName(moved.segment)}.segment`)) continue;
      await this.#takeAll(new RemoteSource(moved, chunks));
      this.#endOffset = moved.endOffset;
    }
  }

  /** Without a checkpoint what replaced segments of the log says what their batches said. */
  async #takeReplaced(): Promise<void> {
    const { world, directory } = this.#options;
    for (const entry of this.#list.content.entries) {
      await this.#takeAll(sourceOfEntry(entry, { disk: world.disk, directory }));
      this.#endOffset = entry.endOffset;
    }
  }

  /** What is damaged is told to who reads it; it may have been the marker of what is open. */
  async #takeAll(source: SegmentSource): Promise<void> {
    try {
      for await (const found of source.list())
        if (found.kind === 'batch') this.#takePayload(found.payload);
        else if (found.lengthBytes >= frameHeaderBytes + markerBatchBytes)
          this.#producers.loseEnds(this.#endOffset);
    } catch (error) {
      if (!(error instanceof PartitionError && error.code === 'CORRUPT_MESSAGE')) throw error;
      this.#producers.loseEnds(this.#endOffset);
    }
  }

  noteDamage(place: DamagedPlace): void {
    if (place.segment >= this.#list.content.logFrom && !this.#isKnown(place))
      this.#damaged = [...this.#damaged, place];
  }

  /**
   * Whatever is missing up to an offset, or to the end of the log, may have ended what is open. What was damaged at the end misses no
   * offsets any more once the log went on: they were given again.
   */
  #passMissing(to: Offset | undefined): void {
    const places = this.#damaged;
    this.#damaged = [];
    const offsets = to === undefined ? undefined : to - this.#endOffset;
    if (places.length === 0 && (offsets === undefined || offsets <= 0)) return;
    if (mayHoldMarker(places, offsets)) this.#producers.loseEnds(this.#endOffset);
  }

  async take({ location, payload }: RecoveredRecord): Promise<void> {
    if (location.segment < this.#list.content.logFrom) return;
    const header = decodeBatchHeader(payload);
    const lengthBytes = recordHeaderBytes + payload.length;
    const left = this.#catalog.add(header, { location, lengthBytes });
    if (left !== undefined) await this.#save(left);
    if (this.#isKnown(location)) return;
    this.#passMissing(header.baseOffset);
    this.#takePayload(payload, header);
  }

  #takePayload(payload: Uint8Array, header = decodeBatchHeader(payload)): void {
    this.#takeBatch(header, payload);
    noteLeaderEpoch(this.#leaderEpochs, header);
    this.#emptyFrom = emptyFromAfter(this.#emptyFrom, header);
    this.#endOffset = header.baseOffset + header.lastOffsetDelta + 1;
  }

  /** The checkpoint says already what this record says. */
  #isKnown({ segment, position }: RecordLocation): boolean {
    const known = this.#known;
    return known !== undefined && segment === known.segment && position < known.position;
  }

  /** What a batch in the log changes in what is known of its producer, who counts as seen now. */
  #takeBatch(header: BatchHeader, batch: Uint8Array): void {
    const draft = this.#producers.begin();
    const nowMs = this.#clock.nowMs();
    const { baseOffset } = header;
    if (header.isControl) {
      const [record] = decodeRecords(header, batch.subarray(batchHeaderBytes));
      const marker = record === undefined ? undefined : decodeMarker(record);
      if (marker === undefined) return;
      const ended = draft.addMarker(header, { ...marker, offset: baseOffset, nowMs });
      if (ended !== undefined) this.#transactions.end(ended);
    } else {
      draft.add(header, { baseOffset, nowMs });
    }
    draft.commit();
  }

  /** A full disk is read from all the same: the next checkpoint writes what could not be. */
  async #save(segment: number): Promise<void> {
    try {
      await this.#catalog.save(segment);
    } catch (error) {
      if (!(error instanceof DiskError && error.code === 'full')) throw error;
    }
  }

  /** Of a log without batches: offsets that were given are not given again. Throws when they are not known any more. */
  async #takeEnd(log: SegmentLog): Promise<void> {
    const { segment } = log.end;
    if (await this.#catalog.adopt(segment, segmentHeaderBytes))
      this.#endOffset = this.#catalog.summaries()[0]!.endOffset;
    else if (segment > 1 && this.#list.content.entries.length === 0 && this.#endOffset === 0)
      throw new PartitionError('KAFKA_STORAGE_ERROR', 'nothing says where an emptied log ended');
  }

  /** What is on the disk too is read from there. */
  #adoptMoved(): void {
    const here = new Set(this.#catalog.summaries().map(({ segment }) => segment));
    for (const moved of this.#remote?.segments ?? []) {
      if (!here.has(moved.segment))
        this.#catalog.adoptSource(new RemoteSource(moved, this.#options.chunks), summaryOf(moved));
      // Should the log have lost what was copied of it, its offsets are not given again.
      this.#endOffset = Math.max(this.#endOffset, moved.endOffset);
    }
  }

  async finish(log: SegmentLog): Promise<RecoveredPartition> {
    this.#catalog.useLog(log);
    this.#passMissing(undefined);
    if (this.#known === undefined && this.#catalog.summaries().length === 0) await this.#takeEnd(log);
    const { entries, logFrom } = this.#list.content;
    const { world, directory } = this.#options;
    for (const entry of entries)
      this.#catalog.adoptSource(sourceOfEntry(entry, { disk: world.disk, directory }), summaryOfEntry(entry));
    const indexed = new Set(this.#catalog.summaries().map(({ segment }) => segment));
    for (const { segment, sizeBytes } of log.segments()) {
      if (segment < logFrom || indexed.has(segment) || sizeBytes <= segmentHeaderBytes) continue;
      const read = await this.#catalog.read(segment);
      // An index may be of an earlier checkpoint. Behind the last record there is at most the mark of a closed log.
      const isWhole = read !== undefined && sizeBytes - read.summary().coveredTo <= recordHeaderBytes;
      const index = isWhole ? read : await this.#catalog.rebuild(this.#catalog.sourceOf(segment));
      if (index.summary().endOffset > index.summary().baseOffset)
        this.#catalog.insert(index, { changed: !isWhole });
    }
    this.#adoptMoved();
    for (const segment of this.#catalog.unsaved()) await this.#save(segment);
    const first = this.#catalog.summaries()[0]?.baseOffset ?? this.#endOffset;
    return {
      ...{
        log,
        catalog: this.#catalog,
        list: this.#list,
        remote: this.#remote,
        producers: this.#producers,
        transactions: this.#transactions,
      },
      leaderEpochs: this.#leaderEpochs,
      segmentSinceMs: this.#known?.segment === log.end.segment ? this.#known.segmentSinceMs : undefined,
      startOffset: Math.max(this.#known?.startOffset ?? 0, first),
      endOffset: this.#endOffset,
      emptyFrom: this.#emptyFrom,
    };
  }
}

/** A marker is a record of its own, with one offset; nothing is shorter. Without a place a file is missing. */
function mayHoldMarker(places: readonly DamagedPlace[], offsets: number | undefined): boolean {
  const markerBytes = recordHeaderBytes + markerBatchBytes;
  if (places.length === 0) return true;
  const isOne = ({ isOneRecord }: DamagedPlace) => isOneRecord || (offsets === 1 && places.length === 1);
  return places.some((place) => {
    const lengthBytes = place.endPosition - place.position;
    return isOne(place) ? lengthBytes === markerBytes : lengthBytes >= markerBytes;
  });
}

export function noteLeaderEpoch(epochs: LeaderEpochStart[], header: BatchHeader): void {
  if ((epochs.at(-1)?.leaderEpoch ?? -1) < header.leaderEpoch)
    epochs.push({ leaderEpoch: header.leaderEpoch, startOffset: header.baseOffset });
}
