// Where every blob lies: the index table, and in front of it the entries that are not written there yet.
//
// An upload does not wait for the index. Its record in the log is synced, which is all that an acknowledgement needs;
// the entry joins its log's queue and is written with many others a moment later, together with the log's checkpoint.
// The checkpoint only ever passes entries that were durable in the log, in the order of the log, so what a crash takes
// from the queue is exactly what recovery reads again behind the checkpoint. Copies that compaction makes take the same
// way: their place is switched in the transaction that moves the checkpoint behind them.

import type { RecordLocation } from '@cairn/segment-log';
import type { Clock, Timer } from '@cairn/world';
import {
  indexBatchMax,
  indexFlushDelayMs,
  indexPendingMax,
  oneRunPlacesCachedMax,
  placesCachedMax,
} from '../limits.ts';
import { BlobDamagedError, type BlobPlace, type KnownPlace } from './data-store.ts';
import { blobColumns } from './index/blob-columns.ts';
import { isSoundBlob, type StoredBlobRow } from './index/blobs.ts';
import type { IndexBatch } from './index/changes.ts';
import type { Checkpoint } from './index/state.ts';
import type { BlobRow } from './index/tables.ts';
import type { IndexSql } from './index-store.ts';
import { namedPlace, PlaceCache } from './reading/place-cache.ts';
import { decodeRuns, encodeRuns } from './runs.ts';
import type { BlobIds } from './writing/blob-ids.ts';

export type Announcement = {
  readonly blob: string;
  readonly place: BlobPlace;
  /** Behind the blob's last record. */
  readonly end: RecordLocation;
  /** Lets go of the segments: the table keeps them from now on, or nothing does. */
  readonly release: () => void;
  readonly change:
    | { readonly kind: 'add' }
    | { readonly kind: 'move'; readonly from: Uint8Array }
    | { readonly kind: 'recover'; readonly complete: boolean }
    /** Nothing but a place that the checkpoint may move to. */
    | { readonly kind: 'mark' };
};

/** One blob on its way into the index. */
export type IndexEntry = Announcement & {
  state: 'written' | 'durable' | 'lost';
  /** Its place, once somebody asked. */
  known: KnownPlace | undefined;
};

export class BlobIndex {
  readonly #sql: IndexSql;
  readonly #clock: Clock;
  readonly #ids: BlobIds;
  readonly #places: PlaceCache;
  /** By log, in the order of their records. */
  readonly #queues = new Map<number, IndexEntry[]>();
  /** Durable entries of new blobs, until the index has them. */
  readonly #pending = new Map<string, IndexEntry>();
  /** Copies that are durable in a log and not in the index yet. */
  readonly #moving = new Set<string>();
  #recovering = true;
  /** The one that the index has. */
  #watermark = '';
  #flushing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #failure: unknown;

  /** `placesPart`: which part of the places that one store may keep. */
  constructor(options: { sql: IndexSql; clock: Clock; ids: BlobIds; placesPart?: number | undefined }) {
    this.#sql = options.sql;
    this.#clock = options.clock;
    this.#ids = options.ids;
    const { placesPart = 1 } = options;
    this.#places = new PlaceCache({
      oneRunMax: Math.ceil(oneRunPlacesCachedMax * placesPart),
      othersMax: Math.ceil(placesCachedMax * placesPart),
    });
  }

  /** Called in the order of the log, as soon as a blob's last record is written. */
  announce(announced: Announcement): IndexEntry {
    const { blob, place, end, release, change } = announced;
    const entry: IndexEntry = { blob, place, end, release, change, state: 'written', known: undefined };
    this.#queueOf(place.log).push(entry);
    return entry;
  }

  /** The log has synced the entry: it may be found and indexed. */
  durable(entry: IndexEntry): void {
    entry.state = 'durable';
    const { kind } = entry.change;
    if (kind === 'move') this.#moving.add(entry.blob);
    else this.#pending.set(entry.blob, entry);
    this.#schedule();
  }

  /**
   * Lets the checkpoint of a log move to a place before which everything is synced and announced: the beginning of the
   * segment that is written. Without it a segment that holds no end of a blob would never lie before the checkpoint.
   */
  mark(log: number, at: RecordLocation): void {
    const queue = this.#queueOf(log);
    if (queue.some(({ change, end }) => change.kind === 'mark' && end.segment === at.segment)) return;
    const behind = queue.findIndex(({ end }) => isBehind(end, at));
    // A durable entry takes the checkpoint farther; and before one nothing is put, since it may be being written.
    if (queue[behind]?.state === 'durable') return;
    queue.splice(behind === -1 ? queue.length : behind, 0, {
      blob: '',
      place: { log, sizeBytes: 0, runs: [] },
      end: at,
      release: () => {},
      change: { kind: 'mark' },
      state: 'durable',
      known: undefined,
    });
  }

  /** The log could not sync: the entry does not exist. */
  lost(entry: IndexEntry): void {
    entry.state = 'lost';
    entry.release();
  }

  /** There is nothing to wait for before another entry; else `room` has to be waited for. */
  get hasRoom(): boolean {
    return this.#failure === undefined && this.#pending.size < indexPendingMax;
  }

  /** Resolves when there is room for another entry; throws when the index cannot be written. */
  async room(): Promise<void> {
    if (this.#failure !== undefined) await this.flush();
    while (this.#pending.size >= indexPendingMax) await this.flush();
  }

  /** Recovery is over and left this watermark: from now on it moves with the checkpoints. */
  recovered(watermark: string): void {
    this.#recovering = false;
    this.#watermark = watermark;
  }

  /** Where a blob lies, if that is known without a lookup. */
  locateNow(blob: string): KnownPlace | undefined {
    const known = this.#places.get(blob);
    if (known !== undefined) return known;
    const pending = this.#pending.get(blob);
    if (pending === undefined) return undefined;
    pending.known ??= namedPlace(pending.place);
    return pending.known;
  }

  /** Throws BlobDamagedError when its row rotted. */
  async locate(blob: string): Promise<KnownPlace | undefined> {
    const known = this.locateNow(blob);
    if (known !== undefined) return known;
    const { epoch } = this.#places;
    const row = await this.#sql.lookup('locateBlob', { blob });
    // Between the two looks a flush may have moved it; then it is in the table by now.
    if (row === undefined) return undefined;
    const place = namedPlace(placeOf(row));
    this.#places.set(blob, place, epoch);
    return place;
  }

  /** Forgets blobs, durably: only once the index and a checkpoint have passed all of their records. */
  async remove(blobs: readonly string[]): Promise<void> {
    if (blobs.some((blob) => this.#pending.has(blob) || this.#moving.has(blob))) await this.flush();
    try {
      await this.#sql.write('removeBlobs', { blobs });
    } finally {
      this.#places.forget(blobs);
    }
  }

  /** Resolves once everything that was durable before the call is in the index. */
  async flush(): Promise<void> {
    // Its timer does not keep the process alive: waiting for it would end the process in the middle of a close.
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#flushing !== undefined) await this.#flushing.catch(() => {});
    while (this.#hasDurable()) await this.#writeNow();
  }

  /** Makes the watermark durable: at a close, and when what an earlier process left is decided. */
  async flushWatermark(): Promise<void> {
    await this.flush();
    const { watermark } = this.#ids;
    if (watermark === this.#watermark) return;
    await this.#sql.write('writeWatermark', { watermark });
    this.#watermark = watermark;
  }

  #queueOf(log: number): IndexEntry[] {
    const known = this.#queues.get(log);
    if (known !== undefined) return known;
    const queue: IndexEntry[] = [];
    this.#queues.set(log, queue);
    return queue;
  }

  #schedule(): void {
    this.#timer ??= this.#clock.setTimer(indexFlushDelayMs, () => {
      this.#timer = undefined;
      this.#writeNow().then(
        () => {
          if (this.#hasDurable()) this.#schedule();
        },
        () => {
          // Kept in #failure; the next upload tries again and reports it.
        },
      );
    });
  }

  #writeNow(): Promise<void> {
    this.#flushing ??= this.#writeBatch().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #writeBatch(): Promise<void> {
    const prefixes = this.#durablePrefixes();
    const entries = prefixes.flatMap((prefix) => prefix.entries);
    const watermark = this.#recovering ? undefined : this.#ids.watermark;
    const checkpoints = prefixes.map((prefix) => prefix.checkpoint);
    try {
      const changes = { ...changesOf(entries), checkpoints };
      await this.#sql.write('indexBlobs', watermark === undefined ? changes : { ...changes, watermark });
      this.#failure = undefined;
      this.#watermark = watermark ?? this.#watermark;
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      this.#places.forget(entries.filter(({ change }) => change.kind !== 'add').map(({ blob }) => blob));
    }
    for (const prefix of prefixes) this.#queueOf(prefix.checkpoint.log).splice(0, prefix.entries.length);
    for (const entry of entries) {
      this.#pending.delete(entry.blob);
      this.#moving.delete(entry.blob);
      entry.release();
    }
  }

  #hasDurable(): boolean {
    for (const queue of this.#queues.values()) if (queue[0]?.state === 'durable') return true;
    return false;
  }

  /** Of every log, the entries at the front of its queue that the log has synced, and the place behind them. */
  #durablePrefixes(): { entries: readonly IndexEntry[]; checkpoint: Checkpoint }[] {
    const prefixes: { entries: readonly IndexEntry[]; checkpoint: Checkpoint }[] = [];
    for (const [log, queue] of this.#queues) {
      const waiting = queue.findIndex((entry) => entry.state !== 'durable');
      const entries = queue.slice(0, Math.min(waiting === -1 ? queue.length : waiting, indexBatchMax));
      const last = entries.at(-1);
      if (last !== undefined) prefixes.push({ entries, checkpoint: { log, at: last.end } });
    }
    return prefixes;
  }
}

function changesOf(entries: readonly IndexEntry[]): Pick<IndexBatch, 'added' | 'moved' | 'recovered'> {
  const added: IndexEntry[] = [];
  const moved: { blob: BlobRow; from: Uint8Array }[] = [];
  const recovered: { blob: BlobRow; complete: boolean }[] = [];
  for (const entry of entries) {
    const { change } = entry;
    if (change.kind === 'add') added.push(entry);
    else if (change.kind === 'mark') continue;
    else if (change.kind === 'move') moved.push({ blob: rowOf(entry), from: change.from });
    else recovered.push({ blob: rowOf(entry), complete: change.complete });
  }
  return { added: blobColumns(added), moved, recovered };
}

function isBehind(place: RecordLocation, other: RecordLocation): boolean {
  return (
    place.segment > other.segment || (place.segment === other.segment && place.position > other.position)
  );
}

/** Throws BlobDamagedError when the row rotted. */
export function placeOf(row: StoredBlobRow): BlobPlace {
  if (!isSoundBlob(row)) {
    const detail = 'its row in the index is not what was written; `repair` makes the index anew';
    throw new BlobDamagedError(row.id, { detail });
  }
  return { log: row.log, sizeBytes: row.size, runs: decodeRuns(row.runs) };
}

function rowOf({ blob, place }: IndexEntry): BlobRow {
  return { id: blob, log: place.log, size: place.sizeBytes, runs: encodeRuns(place.runs) };
}
