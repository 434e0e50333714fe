// Puts the core together from its stores. Production and the simulation use the same function with other worlds.

import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import { Holds } from '../data/holds.ts';
import type { IndexSql } from '../data/index-store.ts';
import { openDataStore } from '../data/open-data-store.ts';
import { partBytesMin } from '../limits.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { bucketOperations } from './buckets.ts';
import { checkObjectStorage } from './check.ts';
import { explaining } from './explain-error.ts';
import { GarbageWorker } from './garbage-worker.ts';
import { inspectObject } from './inspect.ts';
import type { ObjectStorage, VersionName } from './object-storage.ts';
import { objectOperations } from './objects.ts';
import type { CoreParts } from './parts.ts';
import { PooledRandom } from './pooled-random.ts';
import { reportingDamage } from './report-damage.ts';
import { uploadOperations } from './uploads.ts';

export type AssembleOptions = {
  readonly world: World;
  /** For the segments. */
  readonly directory: string;
  readonly metadata: MetadataSql;
  readonly index: IndexSql;
  readonly writers: number;
  readonly segmentBytesMax: number;
  /** Amazon's is the default; the simulation makes small uploads. */
  readonly partBytesMin?: number;
  readonly telemetry: Telemetry;
};

/** Recovers, starts the background work, and gives the core. Closing it leaves the two databases open. */
export async function assembleObjectStorage(options: AssembleOptions): Promise<ObjectStorage> {
  const { telemetry } = options;
  const world = { ...options.world, random: new PooledRandom(options.world.random) };
  const damaged = telemetry.metrics
    .counter('cairn_object_storage_damaged_reads_total', {
      help: 'Reads that met damaged data and were refused.',
    })
    .with({});
  const metadata = reportingDamage(options.metadata, (error) => {
    damaged.add(1);
    telemetry.log.error('damaged metadata was met and not served', { error });
  });
  const data = await openDataStore({
    world,
    directory: options.directory,
    sql: options.index,
    writers: options.writers,
    segmentBytesMax: options.segmentBytesMax,
    onDamage: (error) => {
      damaged.add(1);
      telemetry.log.error('damaged data was met and not served', { error });
    },
  });
  const holds = new Holds();
  const garbage = new GarbageWorker({ clock: world.clock, metadata, data, holds, log: telemetry.log });
  const parts: CoreParts = {
    world,
    metadata,
    data,
    holds,
    partBytesMin: options.partBytesMin ?? partBytesMin,
    wakeGarbageWorker: () => garbage.wake(),
  };
  return explaining({
    ...bucketOperations(parts),
    ...objectOperations(parts),
    ...uploadOperations(parts),
    async stats() {
      const counts = await metadata.read('countEverything', {});
      const stored = await data.stats();
      return {
        buckets: counts.buckets,
        objects: counts.objects,
        objectBytes: counts.objectBytes,
        versions: counts.versions,
        versionBytes: counts.versionBytes,
        uploads: counts.uploads,
        garbageBlobs: counts.garbage,
        segments: stored.segments,
        segmentBytes: stored.segmentBytes,
      };
    },
    check: (request?: { deep?: boolean }) =>
      garbage.whilePaused(() => checkObjectStorage(parts, { deep: request?.deep ?? false })),
    inspect: (name: VersionName) => inspectObject(parts, name),
    async close() {
      await garbage.stop();
      await data.close();
    },
  } satisfies ObjectStorage);
}
