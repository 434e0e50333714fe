// The data store of one machine: blobs in the segment files of a few logs. This file puts its parts together.

import type { SpaceGuard } from '@cairn/resilience';
import type { SegmentLog } from '@cairn/segment-log';
import type { Clock } from '@cairn/world';
import type { BlobIndex } from './blob-index.ts';
import {
  BlobDamagedError,
  type DataStoreStats,
  type DriveStore,
  type OrphanBounds,
  type PlacedReader,
  type StoredBlob,
  type WriteHooks,
  type WriteSizes,
} from './data-store.ts';
import { Holds } from './holds.ts';
import { isSoundBlob } from './index/blobs.ts';
import type { DataStoreOptions } from './open-data-store.ts';
import { BlobCache } from './reading/blob-cache.ts';
import { BlobReaders, readBuffers } from './reading/blob-readers.ts';
import { checkDataStore } from './upkeep/check-data-store.ts';
import { Compactor } from './upkeep/compactor.ts';
import { CopyGuard } from './upkeep/copy-guard.ts';
import type { DamageList } from './upkeep/damage-list.ts';
import { type DataMetrics, dataMetrics } from './upkeep/data-metrics.ts';
import { Scrubber } from './upkeep/scrubber.ts';
import { forgetRemovedSegments } from './upkeep/sweep-segments.ts';
import { verifyBlob } from './upkeep/verify-blob.ts';
import type { BlobIds } from './writing/blob-ids.ts';
import { LogWriters } from './writing/log-writers.ts';

export type SegmentDataStoreParts = DataStoreOptions & {
  readonly clock: Clock;
  readonly ids: BlobIds;
  readonly index: BlobIndex;
  readonly logs: readonly SegmentLog[];
  readonly damage: DamageList;
  readonly space: SpaceGuard;
};

export class SegmentDataStore implements DriveStore {
  readonly #parts: SegmentDataStoreParts;
  readonly #guard = new CopyGuard();
  readonly #readers: BlobReaders;
  readonly #writers: LogWriters;
  readonly #compactor: Compactor;
  readonly #scrubber: Scrubber;
  readonly #metrics: DataMetrics;

  constructor(parts: SegmentDataStoreParts) {
    const { sql, index, logs, damage, space, telemetry } = parts;
    const holds = new Holds();
    this.#parts = parts;
    const small = parts.smallBlobs ?? new BlobCache({ bytesMax: parts.smallBlobBytesMax });
    this.#metrics =
      parts.metrics ?? dataMetrics(telemetry.metrics, { damagedBlobs: () => damage.size, small });
    const buffers = parts.readBuffers ?? readBuffers();
    this.#readers = new BlobReaders({
      ...{ index, logs, holds, small, buffers, clock: parts.clock },
      isDamaged: (blob) => damage.has(blob),
    });
    this.#writers = new LogWriters({ ...parts, holds, onFailed: () => this.#compactor.wake() });
    this.#compactor = new Compactor({
      ...{ sql, index, logs, holds, guard: this.#guard, clock: parts.clock, log: telemetry.log },
      deadFraction: parts.compactionDeadFraction,
      bytesPerSecond: parts.compactionBytesPerSecond,
      isBusy: () => this.#writers.isBusy,
      isSpaceShort: () => space.isShort,
      openingsSettled: () => this.#readers.settled(),
      onDamage: (error) => this.#onDamage(error),
      onCompacted: ({ copiedBytes }) => this.#metrics.copied(copiedBytes),
      onFreed: (bytes) => this.#metrics.freed(bytes),
    });
    const areClientsMany = parts.watchClients?.();
    this.#scrubber = new Scrubber({
      ...{ sql, logs, buffers, damage, clock: parts.clock, log: telemetry.log },
      open: (blob) => this.#readers.open(blob, (error) => this.#onDamage(error)),
      periodMs: parts.scrubPeriodMs,
      bytesPerSecond: parts.scrubBytesPerSecond,
      isBusy: () => areClientsMany?.() || this.#writers.isBusy,
      onRead: (bytes) => this.#metrics.scrubbed(bytes),
    });
  }

  /** Begins the background work. */
  async start(): Promise<void> {
    const { ids, sql } = this.#parts;
    await forgetRemovedSegments(this.#parts);
    const [left] = await sql.lookup('listBlobIds', { after: ids.leftFrom ?? '', limit: 1 });
    if (left === undefined) ids.leftAreDecided();
    this.#compactor.start();
    this.#compactor.wake();
    await this.#scrubber.start();
  }

  write(
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { sizeBytes, sizeBytesMax = Number.POSITIVE_INFINITY, onLetGo }: Partial<WriteSizes> & WriteHooks = {},
  ): Promise<StoredBlob> {
    return this.#writers.write(chunks, { sizeBytes, sizeBytesMax, onLetGo });
  }

  async writeAs(
    blob: string,
    chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { fresh, sizeBytes, sizeBytesMax = Number.POSITIVE_INFINITY }: Parameters<DriveStore['writeAs']>[2],
  ): Promise<void> {
    // Before anything is waited for, so that undecided blobs stay in the order of their ids.
    if (fresh) this.#parts.ids.adopt(blob);
    const given = { blob, change: { kind: 'add' }, log: undefined } as const;
    await this.#writers.write(chunks, { sizeBytes, sizeBytesMax }, given);
  }

  async rewrite(blob: string, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<boolean> {
    const { sql, index, damage, writers } = this.#parts;
    const claim = this.#guard.begin([blob]);
    try {
      if (claim.blobs.length === 0) return false;
      await index.flush();
      const row = await sql.lookup('locateBlob', { blob });
      if (row !== undefined && isSoundBlob(row)) {
        const change = { kind: 'move', from: row.runs } as const;
        const log = row.log < writers ? row.log : undefined;
        const sizes = { sizeBytes: row.size, sizeBytesMax: Number.POSITIVE_INFINITY };
        await this.#writers.write(chunks, sizes, { blob, change, log });
      } else {
        // What its row said is lost anyway. A crash before the new one is there leaves one shard less to heal.
        await index.remove([blob]);
        await this.writeAs(blob, chunks, { fresh: false });
      }
      await index.flush();
      await damage.clear(blob);
      return true;
    } finally {
      claim.finish();
    }
  }

  isDamaged(blob: string): boolean {
    return this.#parts.damage.has(blob);
  }

  get damagedBlobs(): number {
    return this.#parts.damage.size;
  }

  get isSpaceShort(): boolean {
    return this.#parts.space.isShort;
  }

  lookForSpace(): Promise<void> {
    return this.#parts.space.lookAgain();
  }

  markUnreadable(blob: string, error: Error): void {
    this.#parts.damage.mark(new BlobDamagedError(blob, { detail: error.message, cause: error }));
  }

  decided(blob: string): void {
    this.#parts.ids.decided(blob);
    this.#writers.settled(blob);
  }

  leftOpen(blob: string): void {
    this.#writers.settled(blob);
  }

  readNow(blob: string, into?: Buffer): Uint8Array | undefined {
    return this.#readers.readNow(blob, { onDamage: this.#onDamage, into });
  }

  open(blob: string): Promise<PlacedReader | undefined> {
    return this.#readers.open(blob, this.#onDamage);
  }

  verify(blob: string): Promise<number | undefined> {
    const { damage } = this.#parts;
    return verifyBlob({ damage, open: (name) => this.open(name) }, blob);
  }

  async remove(blobs: readonly string[]): Promise<void> {
    await this.#guard.whileNotCopied(blobs, () => this.#parts.index.remove(blobs));
    this.#parts.damage.removed(blobs);
    await this.#compactor.sweep();
    this.#compactor.wake();
  }

  locate(blob: string) {
    return this.#parts.index.locate(blob);
  }

  async listBlobs(request: { after: string; limit: number }): Promise<readonly string[]> {
    const { index, sql } = this.#parts;
    // What is acknowledged may still be on its way there.
    await index.flush();
    return sql.read('listBlobIds', request);
  }

  get orphans(): OrphanBounds {
    const { ids, index } = this.#parts;
    return {
      leftFrom: ids.leftFrom,
      end: ids.end,
      undecided: () => ids.undecided(),
      leftAreDecided: async () => {
        ids.leftAreDecided();
        await index.flushWatermark();
      },
    };
  }

  compact() {
    return this.#compactor.compact({ hurried: true });
  }

  async stats(): Promise<DataStoreStats> {
    const { index, logs, sql, damage } = this.#parts;
    await index.flush();
    const segments = logs.flatMap((log) => log.segments());
    const segmentBytes = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const { counted } = await sql.read('listSegments', {});
    const liveBytes = counted.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      blobs: (await sql.read('count', {})).blobs,
      segments: segments.length,
      segmentBytes,
      liveBytes,
      deadBytes: Math.max(0, segmentBytes - liveBytes),
      freedBytes: this.#compactor.freedBytes,
      damagedBlobs: damage.size,
      scrub: this.#scrubber.progress,
    };
  }

  async listDamaged() {
    await this.#parts.damage.settled();
    return this.#parts.damage.list();
  }

  /** Changes nothing, marks of damage included: what it finds it says. */
  check(options: { deep: boolean }) {
    const open = (blob: string) => this.#readers.open(blob, () => {});
    return checkDataStore({ ...this.#parts, ...options, open });
  }

  async close(): Promise<void> {
    await this.#scrubber.stop();
    await this.#compactor.stop();
    // What could not be written to the index is in the logs, which recovery reads: they are closed whatever happens.
    const { index, logs, damage } = this.#parts;
    const flushed = await Promise.allSettled([damage.settled(), index.flush()]);
    // Without it the next start looks at more blobs than it has to, and no more.
    await index.flushWatermark().catch(() => {});
    const closed = await Promise.allSettled(logs.map((log) => log.close()));
    for (const outcome of [...flushed, ...closed]) if (outcome.status === 'rejected') throw outcome.reason;
  }

  readonly #onDamage = (error: BlobDamagedError): void => {
    this.#metrics.damagedRead();
    if (!this.#parts.damage.has(error.blob)) {
      this.#parts.telemetry.log.error('damaged data was met and not served', { error });
    }
    this.#parts.damage.mark(error);
  };
}
