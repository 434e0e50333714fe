// Puts the core together from its stores. Production and the simulation use the same function with other worlds.

import assert from 'node:assert/strict';
import type { Telemetry } from '@cairn/telemetry';
import type { World } from '@cairn/world';
import type { DataStore } from '../data/data-store.ts';
import { Holds } from '../data/holds.ts';
import type { IndexSql } from '../data/index-store.ts';
import { type DataStoreOptions, type DataStoreSettings, openDataStore } from '../data/open-data-store.ts';
import { BufferPool } from '../data/reading/buffer-pool.ts';
import { damagedReadsHelp, damagedReadsMetric } from '../data/upkeep/data-metrics.ts';
import type { DriveSetStore } from '../drives/drive-set-store.ts';
import type { DriveSetOptions } from '../drives/open-drive-set.ts';
import {
  dataStoreDefaults,
  eventDefaults,
  healBytesPerSecondDefault,
  knownObjectCharactersMax,
  lifecycleDefaults,
  partBytesMin,
  smallReadBytesMax,
  smallReadsKeptMax,
  transitionBytesPerSecondDefault,
  usageDefaults,
} from '../limits.ts';
import { firstBlobReference } from '../metadata/blob-references.ts';
import type { ChangesOfWrites } from '../metadata/changed-objects.ts';
import type { MetadataSql } from '../metadata/store.ts';
import { appendObject } from './append.ts';
import { BucketConfigurations } from './bucket-configurations.ts';
import { bucketOperations } from './buckets.ts';
import { changeAttributes } from './change-attributes.ts';
import { copyObject } from './copy.ts';
import { uploadPartCopy } from './copy-part.ts';
import { tellLocked } from './encryption/check-keys.ts';
import { MasterKeys } from './encryption/master-keys.ts';
import { Rewrapper } from './encryption/rewrapper.ts';
import { eventMetrics } from './events/event-metrics.ts';
import { type EventSettings, EventWorker } from './events/event-worker.ts';
import { explaining } from './explain-error.ts';
import { explainingIndex } from './explain-index.ts';
import { Foreground } from './foreground.ts';
import { GarbageWorker } from './garbage-worker.ts';
import { getObjectNow } from './get-object-now.ts';
import { KnownObjects } from './known-objects.ts';
import { lifecycleMetrics } from './lifecycle/lifecycle-metrics.ts';
import { type LifecycleSettings, LifecycleWorker } from './lifecycle/lifecycle-worker.ts';
import { collectGarbage } from './maintenance/collect-garbage.ts';
import { objectStorageStats } from './maintenance/stats.ts';
import { MovingBlobs } from './moving-blobs.ts';
import { lockOperations } from './object-lock.ts';
import { objectParts } from './object-parts.ts';
import type {
  AppendObjectRequest,
  ChangeAttributesRequest,
  CopyObjectRequest,
  ObjectPartsRequest,
  ObjectStorage,
  PlaceVersionRequest,
  RenameObjectRequest,
  RestoreObjectRequest,
  UploadPartCopyRequest,
  VersionName,
} from './object-storage.ts';
import { objectOperations } from './objects.ts';
import { type CoreParts, occasion } from './parts.ts';
import { placeVersion } from './place-version.ts';
import { PooledRandom } from './pooled-random.ts';
import { renameObject } from './rename.ts';
import { RepairWatch } from './repair/repair-watch.ts';
import { replaceDrive } from './replace-drive.ts';
import { type ReplicationSettings, startReplication } from './replication/start-replication.ts';
import { reportingDamage } from './report-damage.ts';
import { type PlaceSettings, Places } from './transition/places.ts';
import { restoreObject } from './transition/restore-object.ts';
import { transitionMetrics } from './transition/transition-metrics.ts';
import { type TransitionSettings, TransitionWorkers } from './transition/transition-workers.ts';
import { uploadOperations } from './uploads.ts';
import { quotaOperations } from './usage/quotas.ts';
import { usage } from './usage/usage.ts';
import { UsageCounter } from './usage/usage-counter.ts';
import { type UsageSettings, UsageWorker } from './usage/usage-worker.ts';

export type AssembledDrives = DriveSetOptions & {
  /** For what is to be known of the drives. */
  readonly directory: string;
  readonly openIndex: (path: string) => Promise<IndexSql>;
  /** It goes through all rows of the index, and is waited for however long that takes. */
  readonly opensIndexLong?: boolean;
  /** The logs of every drive are read from their beginnings, for indexes that are not to be trusted. */
  readonly readsWholeLogs?: boolean;
} & Pick<DataStoreOptions, 'watchClients'>;

export type AssembleOptions = {
  readonly world: World;
  /** For the segments. */
  readonly directory: string;
  /** Beside the segments when absent. */
  readonly masterKeyFile?: string;
  readonly metadata: MetadataSql;
  /** Of the one data store; with `drives` each of them has its own. */
  readonly index: IndexSql | undefined;
  /** Several drives in place of one. */
  readonly drives?: AssembledDrives | undefined;
  readonly writers: number;
  readonly segmentBytesMax: number;
  /** Those of `limits.ts` where nothing is said. */
  readonly settings?: Partial<DataStoreSettings> | undefined;
  readonly lifecycle?: Partial<LifecycleSettings & TransitionSettings> | undefined;
  /** Amazon's is the default; the simulation makes small uploads. */
  readonly partBytesMin?: number;
  /** Of the storage classes that have one: the others are stored alike. */
  readonly places?: readonly PlaceSettings[] | undefined;
  /** Who delivers events, and the region that their records name. */
  readonly events?: Partial<EventSettings> | undefined;
  readonly usage?: Partial<UsageSettings> | undefined;
  /** Where versions are replicated to besides buckets of this storage, and how fast. */
  readonly replication?: Partial<ReplicationSettings> | undefined;
  /** Pace at which damaged blobs are repaired from replicas. */
  readonly repairBytesPerSecond?: number | undefined;
  readonly telemetry: Telemetry;
  /**
   * Whether other processes change the metadata too: then settings of buckets are believed for two seconds, and rows of
   * objects are not remembered.
   */
  readonly metadataShared?: boolean;
  /** Others than the store's own, to prove that a test would notice. */
  readonly changesOfWrites?: ChangesOfWrites | undefined;
};

/** The data store of an assembly, with its background work under way. */
export async function openDataStoreOf(
  options: AssembleOptions,
  {
    readsWholeLogs = false,
    watchClients,
  }: { readsWholeLogs?: boolean } & Pick<DataStoreOptions, 'watchClients'> = {},
): Promise<DataStore> {
  const { world, telemetry, directory, index, writers, segmentBytesMax, settings } = options;
  if (options.drives !== undefined)
    return openDrivesOf(options, { ...options.drives, readsWholeLogs, watchClients });
  assert(index !== undefined, 'one data store needs its index');
  const sized = { writers, segmentBytesMax, ...dataStoreDefaults, ...settings };
  return explainingIndex(() =>
    openDataStore({ world, telemetry, directory, sql: index, readsWholeLogs, watchClients, ...sized }),
  );
}

/** Loaded only where there are several. */
export async function openDrivesOf(
  { world, telemetry, metadata, writers, segmentBytesMax, settings }: AssembleOptions,
  drives: AssembledDrives,
): Promise<DriveSetStore> {
  const { openDriveSet } = await import('../drives/open-drive-set.ts');
  return openDriveSet({
    ...{ world, telemetry, writers, segmentBytesMax, ...drives },
    settings: { ...dataStoreDefaults, ...settings },
    isEmpty: async () => {
      const { blobs } = await metadata.read('listBlobReferences', { cursor: firstBlobReference, limit: 1 });
      return blobs.length === 0;
    },
  });
}

/** Recovers, starts the background work, and gives the core. Closing it leaves the two databases open. */
export async function assembleObjectStorage(options: AssembleOptions): Promise<ObjectStorage> {
  const { telemetry } = options;
  const world = { ...options.world, random: new PooledRandom(options.world.random) };
  const foreground = new Foreground(world.clock);
  const watchClients = () => foreground.watch();
  const data = await openDataStoreOf({ ...options, world }, { watchClients });
  const damaged = telemetry.metrics.counter(damagedReadsMetric, { help: damagedReadsHelp }).with({});
  const reporting = reportingDamage(options.metadata, (error) => {
    damaged.add(1);
    telemetry.log.error('damaged metadata was met and not served', { error });
  });
  const shared = options.metadataShared ?? false;
  const knownObjects = new KnownObjects({
    metadata: reporting,
    // Where other processes write too, nobody here knows when a row is old.
    charactersMax: shared ? 0 : knownObjectCharactersMax,
    changes: options.changesOfWrites,
  });
  const metadata = shared ? reporting : knownObjects.noting();
  const events = new EventWorker({
    ...{ ...eventDefaults, ...options.events },
    ...{ clock: world.clock, random: world.random, metadata, log: telemetry.log },
    metrics: eventMetrics(telemetry.metrics),
  });
  const holds = new Holds();
  const movingBlobs = new MovingBlobs();
  const garbage = new GarbageWorker({
    ...{ clock: world.clock, metadata, data, holds, movingBlobs },
    log: telemetry.log,
  });
  const places = new Places(options.places ?? [], (error) => {
    damaged.add(1);
    telemetry.log.error('damage was met at the place of a storage class and not served', { error });
  });
  const configurations = new BucketConfigurations({ clock: world.clock, metadata, shared });
  const masterKeys = await MasterKeys.open({
    world: options.world,
    path: options.masterKeyFile ?? `${options.directory}-master-keys.json`,
    ...{ metadata, log: telemetry.log },
  });
  const parts: CoreParts = {
    world,
    secrets: options.world.random,
    masterKeys,
    metadata,
    configurations,
    data,
    knownObjects,
    holds,
    movingBlobs,
    places,
    dayMs: options.lifecycle?.dayMs ?? lifecycleDefaults.dayMs,
    partBytesMin: options.partBytesMin ?? partBytesMin,
    discard: (blob) => garbage.discard(blob),
    wakeGarbageWorker: () => garbage.wake(),
    wakeEventWorker: () => events.wake(),
  };
  const rewrapper = new Rewrapper({ ...parts, clock: world.clock, log: telemetry.log });
  const locked = tellLocked(parts, telemetry.log);
  const { transitionBytesPerSecond = transitionBytesPerSecondDefault, ...rules } = options.lifecycle ?? {};
  const transitions = new TransitionWorkers({
    ...parts,
    log: telemetry.log,
    metrics: transitionMetrics(telemetry.metrics),
    bytesPerSecond: transitionBytesPerSecond,
  });
  const lifecycle = new LifecycleWorker({
    ...{ ...lifecycleDefaults, ...rules, places: places.names },
    ...{ clock: world.clock, metadata, log: telemetry.log, metrics: lifecycleMetrics(telemetry.metrics) },
    occasion: () => occasion(parts),
    watchClients,
    wakeGarbageWorker: parts.wakeGarbageWorker,
  });
  const counter = new UsageCounter({ clock: world.clock, metadata, log: telemetry.log });
  const usages = new UsageWorker({
    ...{ ...usageDefaults, ...options.usage },
    ...{ clock: world.clock, metadata, log: telemetry.log, metrics: telemetry.metrics },
    isBusy: foreground.watch(),
  });
  const own = {
    ...bucketOperations(parts),
    ...objectOperations(parts),
    ...uploadOperations(parts),
    ...lockOperations(parts),
    ...quotaOperations(parts, counter),
    usage: (request: Parameters<ObjectStorage['usage']>[0]) => usage(parts, request),
    appendObject: (request: AppendObjectRequest) => appendObject(parts, request),
    copyObject: (request: CopyObjectRequest) => copyObject(parts, request),
    uploadPartCopy: (request: UploadPartCopyRequest) => uploadPartCopy(parts, request),
    placeVersion: (request: PlaceVersionRequest) => placeVersion(parts, request),
    renameObject: (request: RenameObjectRequest) => renameObject(parts, request),
    changeAttributes: (request: ChangeAttributesRequest) => changeAttributes(parts, request),
    objectParts: (request: ObjectPartsRequest) => objectParts(parts, request),
    restoreObject: (request: RestoreObjectRequest) => restoreObject(parts, request),
    stats: () => objectStorageStats(parts, { rewrapper, events, transitions, replication, repairs }),
    replicationObjection: (request: { bucket: string; target: string }) =>
      replication.replicationObjection(request),
    retryReplication: () => replication.retryReplication(),
    isEventTarget: ({ target }: { target: string }) => events.accepts(target),
    allowsEventTarget: ({ target, ...naming }: Parameters<ObjectStorage['allowsEventTarget']>[0]) =>
      events.allows(target, naming),
    testEventTarget: ({ target, event }: Parameters<ObjectStorage['testEventTarget']>[0]) =>
      events.test(target, event),
    async rotateMasterKey() {
      const masterKey = await masterKeys.rotate();
      rewrapper.start();
      return { masterKey, lostMasterKeys: masterKeys.lost };
    },
    async check(request?: { deep?: boolean }) {
      const { checkObjectStorage } = await import('./check.ts');
      const options = { deep: request?.deep ?? false };
      const check = () => checkObjectStorage({ ...parts, find: replication.find }, options);
      return garbage.whilePaused(() => transitions.whilePaused(check));
    },
    async inspect(name: VersionName) {
      const { inspectObject } = await import('./inspect.ts');
      return inspectObject(parts, name);
    },
    gc: () => collectGarbage({ garbage, data, transitions }),
    replaceDrive: ({ folder }: { folder: string }) => replaceDrive(data, folder),
    async close() {
      await repairs.stop();
      await replication.stop();
      await events.stop();
      await rewrapper.stop();
      await locked;
      await lifecycle.stop();
      await counter.stop();
      await usages.stop();
      await transitions.stop();
      await garbage.stop();
      await data.close();
      await places.close();
    },
  } satisfies Omit<ObjectStorage, 'bucketConfiguration' | 'getObjectNow' | 'addEventSink' | 'placedClasses'>;
  const operations = explaining(own, foreground.begun);
  const { telemetry: told, replication: settings = {} } = options;
  const replication: ReturnType<typeof startReplication> = startReplication(parts, {
    ...{ settings, telemetry: told, storage: explaining(own, () => {}) },
  });
  const repairs: RepairWatch = new RepairWatch({
    ...{ clock: world.clock, data, log: telemetry.log },
    async load() {
      const { BlobRepairer } = await import('./repair/blob-repairer.ts');
      const { find, bandwidth } = replication;
      const bytesPerSecond = options.repairBytesPerSecond ?? healBytesPerSecondDefault;
      return new BlobRepairer({ ...parts, find, bandwidth, bytesPerSecond, telemetry });
    },
  });
  const smallReads = new BufferPool({ bytes: smallReadBytesMax, keptMax: smallReadsKeptMax });
  // They answer at once, so they are none of those that always give a promise.
  return {
    ...operations,
    placedClasses: places.names,
    bucketConfiguration: ({ bucket }) => configurations.get(bucket),
    getObjectNow(request) {
      const found = getObjectNow(parts, request, smallReads);
      // Who finds nothing so asks once more, in the way that is counted.
      if (found !== undefined) foreground.begun();
      return found;
    },
    addEventSink: (sink) => events.addSink(sink),
  };
}
