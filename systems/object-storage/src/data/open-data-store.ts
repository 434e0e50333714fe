// Opens the data store of one machine: one log per core, one index, recovery of what the index does not know yet.
//
// The order in which things become durable, and what a crash between two steps leaves, is the table "Crash cases" in
// DESIGN.md; the steps carry the same letters here.

import assert from 'node:assert/strict';
import {
  openSegmentLog,
  type RecoveredRecord,
  recordHeaderBytes,
  type SegmentLog,
  SegmentLogError,
} from '@cairn/segment-log';
import type { World } from '@cairn/world';
import { ObjectStorageError } from '../errors.ts';
import { readBatchBlocks, readBuffersKeptMax } from '../limits.ts';
import { type Announcement, BlobIndex } from './blob-index.ts';
import { SegmentBlobReader } from './blob-reader.ts';
import { BlobWriter } from './blob-writer.ts';
import { blockHeaderBytes, decodeBlockHeader } from './block.ts';
import { BufferPool } from './buffer-pool.ts';
import { checkDataStore } from './check-data-store.ts';
import type { BlobDamagedError, BlobReader, DataStore, DataStoreStats, StoredBlob } from './data-store.ts';
import { Holds } from './holds.ts';
import { type IndexSql, segmentsOf } from './index-store.ts';
import { decodeRuns, piecesBytesMax, runsWithEnd } from './runs.ts';
import { segmentName } from './segment-name.ts';

export type DataStoreOptions = {
  readonly world: World;
  /** Holds one folder per log, `log-0` and so on. */
  readonly directory: string;
  /** The index; nobody else writes to it. */
  readonly sql: IndexSql;
  /** Logs that are written in parallel. More logs than this, from an earlier start, are still read. */
  readonly writers: number;
  readonly segmentBytesMax: number;
  readonly onDamage: (error: BlobDamagedError) => void;
};

export async function openDataStore(options: DataStoreOptions): Promise<DataStore> {
  const { world, directory, sql } = options;
  await world.disk.makeDirectory(directory);
  const index = new BlobIndex({ sql, clock: world.clock });
  const checkpoints = await sql.lookup('listCheckpoints', {});
  const known = (await world.disk.list(directory)).filter((name) => /^log-\d+$/.test(name)).length;
  const logs: SegmentLog[] = [];
  for (let number = 0; number < Math.max(options.writers, known); number++) {
    const log = await openSegmentLog({
      world,
      directory: `${directory}/log-${number}`,
      segmentBytesMax: options.segmentBytesMax,
      recoverFrom: checkpoints.find((checkpoint) => checkpoint.log === number)?.at,
      onRecovered: (record) => recover(index, { log: number, record }),
    });
    logs.push(log);
  }
  await index.flush();
  return new SegmentDataStore({ ...options, index, logs });
}

/** Crash case C: a blob is in its log but not in the index. Its last record says all that the index needs. */
async function recover(index: BlobIndex, found: { log: number; record: RecoveredRecord }): Promise<void> {
  const { log, record } = found;
  const { segment, position } = record.location;
  const header = decodeBlockHeader(record.payload);
  if (header === undefined) {
    const message = `log ${log}, segment ${segment} at ${position} holds a record that this version does not know`;
    throw new ObjectStorageError('ServiceUnavailable', { message });
  }
  if (header.kind === 'block') return;
  const runs =
    header.kind === 'whole'
      ? [{ segment, position, blocks: 1 }]
      : runsWithEnd(decodeRuns(record.payload.subarray(blockHeaderBytes)), record.location);
  const end = { segment, position: position + recordHeaderBytes + record.payload.byteLength };
  await index.room();
  const location = { log, sizeBytes: header.sizeBytes, runs };
  index.announce({ blob: header.blob, location, end, release: () => {} }).durable();
}

type Parts = DataStoreOptions & { readonly index: BlobIndex; readonly logs: readonly SegmentLog[] };

class SegmentDataStore implements DataStore {
  readonly #parts: Parts;
  readonly #holds = new Holds();
  readonly #buffers = new BufferPool({
    bytes: piecesBytesMax(readBatchBlocks),
    keptMax: readBuffersKeptMax,
  });
  /** Uploads under way per log, to give the next one to the least busy. */
  readonly #busy: number[];
  /** Readers between looking a blob up and holding its segments. */
  readonly #opening = new Set<Promise<unknown>>();
  /** One look for empty segments at a time: two would remove the same ones. */
  #sweeping: Promise<void> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#busy = parts.logs.map(() => 0);
  }

  async write(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StoredBlob> {
    const { index } = this.#parts;
    await index.room();
    const logNumber = this.#leastBusyLog();
    this.#busy[logNumber]! += 1;
    try {
      return await this.#writeTo(logNumber, chunks);
    } finally {
      this.#busy[logNumber]! -= 1;
    }
  }

  async #writeTo(
    logNumber: number,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<StoredBlob> {
    const { index, logs } = this.#parts;
    const log = logs[logNumber]!;
    const blob = this.#newId();
    const writer = new BlobWriter({ log, logNumber, holds: this.#holds, blob });
    let stored: { announcement: Announcement; sizeBytes: number } | undefined;
    try {
      await writer.write(chunks, ({ sizeBytes, runs, end }) => {
        const location = { log: logNumber, sizeBytes, runs };
        const release = () => writer.release();
        stored = { announcement: index.announce({ blob, location, end, release }), sizeBytes };
      });
      await log.sync();
    } catch (error) {
      if (error instanceof SegmentLogError && endsLog.has(error.code)) this.#busy[logNumber] = Infinity;
      if (stored === undefined) writer.release();
      else stored.announcement.lost();
      throw error;
    }
    assert(stored !== undefined, 'a written blob was announced');
    stored.announcement.durable();
    return { blob, sizeBytes: stored.sizeBytes };
  }

  async open(blob: string): Promise<BlobReader | undefined> {
    const opening = this.#open(blob);
    this.#opening.add(opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(opening);
    }
  }

  async #open(blob: string): Promise<BlobReader | undefined> {
    const { index, logs, onDamage } = this.#parts;
    const location = await index.locate(blob);
    if (location === undefined) return undefined;
    const releases = [...segmentsOf(location.runs)].map((segment) =>
      this.#holds.hold(segmentName({ log: location.log, segment })),
    );
    const release = () => {
      for (const one of releases) one();
    };
    const log = logs[location.log]!;
    return new SegmentBlobReader({ blob, location, log, release, onDamage, buffers: this.#buffers });
  }

  async remove(blobs: readonly string[]): Promise<void> {
    await this.#parts.index.remove(blobs);
    // Who looked a blob up before it was removed has to hold its segments before they are looked at.
    await Promise.allSettled(this.#opening);
    await this.#removeEmptySegments();
  }

  /**
   * Crash case E: a segment whose blobs are gone may be removed any number of times.
   *
   * Holds are looked at twice. Before the index: an upload lets go of its segments once the index counts them, so what
   * was free before the index was read is either counted there or needed by nobody. After it: a reader may have come.
   */
  #removeEmptySegments(): Promise<void> {
    this.#sweeping = this.#sweeping.catch(() => {}).then(() => this.#sweepSegments());
    return this.#sweeping;
  }

  async #sweepSegments(): Promise<void> {
    const { logs, sql } = this.#parts;
    const free = logs.flatMap((segmentLog, log) =>
      segmentLog
        .segments()
        .filter(({ segment, sealed }) => sealed && !this.#holds.isHeld(segmentName({ log, segment })))
        .map(({ segment }) => ({ log, segment })),
    );
    if (free.length === 0) return;
    const used = new Set((await sql.read('listUsedSegments', {})).map(segmentName));
    const checkpoints = new Map(
      (await sql.read('listCheckpoints', {})).map(({ log, at }) => [log, at.segment]),
    );
    for (const name of free) {
      const indexed = name.segment < (checkpoints.get(name.log) ?? 0);
      if (!indexed || used.has(segmentName(name)) || this.#holds.isHeld(segmentName(name))) continue;
      await logs[name.log]!.remove(name.segment);
      await sql.write('forgetSegment', name);
    }
  }

  locate(blob: string) {
    return this.#parts.index.locate(blob);
  }

  async stats(): Promise<DataStoreStats> {
    const { index, logs, sql } = this.#parts;
    await index.flush();
    const segments = logs.flatMap((log) => log.segments());
    return {
      blobs: await sql.read('count', {}),
      segments: segments.length,
      segmentBytes: segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
    };
  }

  check(options: { deep: boolean }) {
    return checkDataStore({ ...this.#parts, ...options, open: (blob) => this.open(blob) });
  }

  async close(): Promise<void> {
    // What could not be written to the index is in the logs, which recovery reads: they are closed whatever happens.
    const flushed = await Promise.allSettled([this.#parts.index.flush()]);
    const closed = await Promise.allSettled(this.#parts.logs.map((log) => log.close()));
    for (const outcome of [...flushed, ...closed]) if (outcome.status === 'rejected') throw outcome.reason;
  }

  #leastBusyLog(): number {
    let best = 0;
    for (let number = 1; number < this.#parts.writers; number++) {
      if (this.#busy[number]! < this.#busy[best]!) best = number;
    }
    return best;
  }

  /** 16 bytes in hex: the time in front, so that the index grows at its end, then chance. */
  #newId(): string {
    const { clock, random } = this.#parts.world;
    return Math.floor(clock.nowMs()).toString(16).padStart(12, '0') + random.bytes(10).toString('hex');
  }
}

/** Codes after which a log takes no more writes. */
const endsLog: ReadonlySet<string> = new Set(['sync-failed', 'write-failed']);
