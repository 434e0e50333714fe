// Opens the data store of one machine: one log per core, one index, recovery of what the index does not know yet, and
// the background work that gives space back and looks for rot.
//
// The order in which things become durable, and what a crash between two steps leaves, is the table "Crash cases" in
// DESIGN.md; the steps carry the same letters in the files that take them.

import { SpaceGuard } from '@cairn/resilience';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { BlobIndex } from './blob-index.ts';
import type { DriveStore } from './data-store.ts';
import type { IndexSql } from './index-store.ts';
import type { BlobCache } from './reading/blob-cache.ts';
import type { BufferPool } from './reading/buffer-pool.ts';
import { recoverLogs } from './recover-index.ts';
import { SegmentDataStore } from './segment-data-store.ts';
import { DamageList } from './upkeep/damage-list.ts';
import type { DataMetrics } from './upkeep/data-metrics.ts';
import { BlobIds } from './writing/blob-ids.ts';

export type DataStoreOptions = {
  readonly world: World;
  readonly telemetry: Telemetry;
  /** Holds one folder per log, `log-0` and so on. */
  readonly directory: string;
  /** The index; nobody else writes to it. */
  readonly sql: IndexSql;
  /** Logs that are written in parallel. More logs than this, from an earlier start, are still read. */
  readonly writers: number;
  readonly segmentBytesMax: number;
  /** Every log is read from its beginning, for an index that is not to be trusted. */
  readonly readsWholeLogs?: boolean;
  /** Shared by the drives of a machine; its own when absent. */
  readonly metrics?: DataMetrics;
  readonly readBuffers?: BufferPool;
  readonly smallBlobs?: BlobCache;
  /** Places of blobs that are remembered for reads; as many as one drive alone has when absent. */
  readonly placesPart?: number;
  /** Gives a question: whether clients were many since it was last asked. Scrubbing goes slower then, and beside uploads anyway. */
  readonly watchClients?: (() => () => boolean) | undefined;
} & DataStoreSettings;

export type DataStoreSettings = {
  /** Bytes that uploads leave free on the disk, for deletes and compaction. */
  readonly reserveBytes: number;
  /** A sealed segment with at least this part of dead bytes is emptied. */
  readonly compactionDeadFraction: number;
  readonly compactionBytesPerSecond: number;
  /** In which everything is read and verified once. */
  readonly scrubPeriodMs: number;
  readonly scrubBytesPerSecond: number;
  /** Small blobs that are read again and again are kept in so much memory; 0 for none. */
  readonly smallBlobBytesMax: number;
};

/** Recovers, and starts the background work. */
export async function openDataStore(options: DataStoreOptions): Promise<DriveStore> {
  const { world, directory, sql, placesPart } = options;
  await world.disk.makeDirectory(directory);
  const ids = new BlobIds(world);
  ids.startAbove(await sql.lookup('readWatermark', {}));
  const index = new BlobIndex({ sql, clock: world.clock, ids, placesPart });
  const logs = await recoverLogs({ ...options, index, ids });
  // Recovery may have found blobs of which it is not known whether they were removed: then the watermark went down.
  const watermark = await sql.lookup('readWatermark', {});
  ids.lookFrom(watermark);
  index.recovered(watermark);
  const known = await sql.lookup('listDamaged', {});
  const damage = new DamageList({ sql, clock: world.clock, known });
  const { reserveBytes } = options;
  const space = new SpaceGuard({ disk: world.disk, clock: world.clock, directory, reserveBytes });
  const store = new SegmentDataStore({ ...options, clock: world.clock, ids, index, logs, damage, space });
  await store.start();
  return store;
}
