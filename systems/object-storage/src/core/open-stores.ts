// Takes the folder of an object storage and opens what it is made from: for the storage itself, and for repair.

import { availableParallelism } from 'node:os';
import { type OpenBlobsOptions, openBlobs, openSql } from '@cairn/engines';
import { silentTelemetry, type Telemetry } from '@cairn/telemetry';
import { realWorld, type World } from '@cairn/world';
import indexStore, { type IndexSql } from '../data/index-store.ts';
import type { DataStoreSettings } from '../data/open-data-store.ts';
import type { DriveSetOptions } from '../drives/open-drive-set.ts';
import { ObjectStorageError } from '../errors.ts';
import { segmentBytesMaxDefault, writersMax } from '../limits.ts';
import metadataStore from '../metadata/store.ts';
import { type TransitionClass, transitionClasses } from '../transition/storage-classes.ts';
import type { AssembledDrives, AssembleOptions } from './assemble.ts';
import type { EventSettings } from './events/event-worker.ts';
import { explainingIndex } from './explain-index.ts';
import type { LifecycleSettings } from './lifecycle/lifecycle-worker.ts';
import type { ReplicationSettings } from './replication/start-replication.ts';
import type { PlaceSettings } from './transition/places.ts';
import type { TransitionSettings } from './transition/transition-workers.ts';
import type { UsageSettings } from './usage/usage-worker.ts';

export type OpenObjectStorageOptions = {
  /** Holds everything; made when missing. One process at a time. */
  readonly directory: string;
  /** Where metadata is kept: `postgres://...`, or a SQLite file in the folder when absent. */
  readonly metadataUrl?: string | undefined;
  /** Segment files that are written in parallel; one per core when absent. */
  readonly writers?: number | undefined;
  /** Folders of several drives, and how blobs are kept on them; all in the storage's own folder when absent. */
  readonly drives?: DriveSetOptions | undefined;
  readonly segmentBytesMax?: number | undefined;
  /** How space is kept and given back, and how often everything is verified; README.md has the defaults. */
  readonly settings?: Partial<DataStoreSettings> | undefined;
  /** How lifecycle rules are carried out; README.md has the defaults. */
  readonly lifecycle?: Partial<LifecycleSettings & TransitionSettings> | undefined;
  /** Where objects of a storage class are moved to; those of the others are stored alike. */
  readonly classes?: StorageClassPlaces | undefined;
  /** Who delivers events, and the region that their records name; more can be added later. */
  readonly events?: Partial<EventSettings> | undefined;
  /** How often usage is measured for the metrics. */
  readonly usage?: Partial<UsageSettings> | undefined;
  /** Where versions are replicated to besides buckets of this storage, and how fast. */
  readonly replication?: Partial<ReplicationSettings> | undefined;
  /** Pace at which damaged blobs are repaired from replicas; README.md has the default. */
  readonly repairBytesPerSecond?: number | undefined;
  readonly world?: World;
  readonly telemetry?: Telemetry;
};

export type StorageClassPlaces = {
  readonly [Name in TransitionClass]?: Pick<OpenBlobsOptions, 'url' | 'credentials'> & {
    /** Whether they have to be restored before they are read; GLACIER and DEEP_ARCHIVE have to when absent. */
    readonly restore?: boolean | undefined;
  };
};

export type OpenedStores = {
  readonly assembly: AssembleOptions;
  /** Where a damaged index was moved to. */
  readonly replacedIndex: string | undefined;
  /** Closes both databases and lets the folder go. */
  close(): Promise<void>;
};

type OpenIndex = (world: World, path: string) => Promise<OpenedIndex>;
type OpenedIndex = { readonly index: IndexSql; readonly replaced: string | undefined };

/** Throws ServiceUnavailable when another process has the folder. */
export async function openStores(
  options: OpenObjectStorageOptions & { readonly openIndex?: OpenIndex },
): Promise<OpenedStores> {
  const { directory, world = realWorld(), openIndex = openSoundIndex } = options;
  await world.disk.makeDirectory(directory);
  const lock = await world.disk.lockDirectory(directory);
  if (lock === undefined) {
    throw new ObjectStorageError('ServiceUnavailable', {
      message: `could not open the object storage in ${directory}: another process has it open`,
    });
  }
  const opened: { close(): Promise<void> }[] = [{ close: () => lock.release() }];
  const keep = async <Part extends { close(): Promise<void> }>(part: Promise<Part>): Promise<Part> => {
    opened.push(await part);
    return part;
  };
  try {
    const metadataUrl = options.metadataUrl ?? `file:${directory}/metadata.sqlite`;
    const drives = await drivesOf(options, { world, openIndex });
    const opening = [
      keep(openSql(metadataStore, { url: metadataUrl, world })),
      drives === undefined
        ? openIndex(world, `${directory}/blobs.sqlite`).then(async (found) => {
            await keep(Promise.resolve(found.index));
            return found;
          })
        : undefined,
    ] as const;
    await Promise.allSettled(opening); // When one fails, the other must not open behind our back.
    const [metadata, found] = await Promise.all(opening);
    const assembly = {
      ...{ world, directory: `${directory}/segments`, metadata, index: found?.index, drives },
      masterKeyFile: `${directory}/master-keys.json`,
      writers: options.writers ?? writersOf(options),
      segmentBytesMax: options.segmentBytesMax ?? segmentBytesMaxDefault,
      settings: options.settings,
      lifecycle: options.lifecycle,
      places: placesOf(options.classes ?? {}, world),
      events: options.events,
      usage: options.usage,
      replication: options.replication,
      repairBytesPerSecond: options.repairBytesPerSecond,
      telemetry: options.telemetry ?? silentTelemetry(),
      // Only the database in the locked folder is certainly ours alone.
      metadataShared: options.metadataUrl !== undefined,
    };
    return { assembly, replacedIndex: found?.replaced, close: () => closeAll(opened) };
  } catch (error) {
    await closeAll(opened).catch(() => {});
    throw error;
  }
}

function placesOf(classes: StorageClassPlaces, world: World): readonly PlaceSettings[] {
  return transitionClasses.flatMap((storageClass) => {
    const place = classes[storageClass];
    if (place === undefined) return [];
    const { restore, ...at } = place;
    return [{ storageClass, url: at.url, restore, open: () => openBlobs({ ...at, world }) }];
  });
}

/** Drives are written in parallel anyway: each has one log unless there are more cores than drives. */
function writersOf({ drives }: OpenObjectStorageOptions): number {
  const cores = availableParallelism();
  return Math.min(drives === undefined ? cores : Math.ceil(cores / drives.folders.length), writersMax);
}

/** Throws ServiceUnavailable when the storage has several drives and none is named: it would look empty. */
async function drivesOf(
  { directory, drives }: OpenObjectStorageOptions,
  { world, openIndex }: { world: World; openIndex: OpenIndex },
): Promise<AssembledDrives | undefined> {
  if (drives === undefined) {
    if ((await world.disk.stat(`${directory}/drives.json`)) === undefined) return undefined;
    const message = `the objects of ${directory} lie on several drives: object-storage.data.drives has to name them`;
    throw new ObjectStorageError('ServiceUnavailable', { message });
  }
  return { ...drives, directory, openIndex: async (path) => (await openIndex(world, path)).index };
}

/** Opens the stores for as long as `work` takes. */
export async function withStores<T>(
  options: Parameters<typeof openStores>[0],
  work: (stores: OpenedStores) => Promise<T>,
): Promise<T> {
  const stores = await openStores(options);
  try {
    return await work(stores);
  } finally {
    await stores.close();
  }
}

/** Uploads do not wait for the index: its writer shares its thread with other stores that can wait. */
const backgroundThread = 'sql background';

export function openIndexAt(world: World, path: string): Promise<IndexSql> {
  return openSql(indexStore, { url: `file:${path}`, world, thread: backgroundThread });
}

async function openSoundIndex(world: World, path: string) {
  const index = await explainingIndex(() => openIndexAt(world, path));
  return { index, replaced: undefined };
}

async function closeAll(opened: { close(): Promise<void> }[]): Promise<void> {
  const failures: unknown[] = [];
  for (const part of opened.splice(0).reverse()) await part.close().catch((error) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
