// Opens the data store of a machine with several drives: on each a data store of its own, above them this one.

import type { Telemetry } from '@cairn/telemetry';
import type { Disk, World } from '@cairn/world';
import type { IndexSql } from '../data/index-store.ts';
import { type DataStoreOptions, type DataStoreSettings, openDataStore } from '../data/open-data-store.ts';
import { BlobCache } from '../data/reading/blob-cache.ts';
import { readBuffers } from '../data/reading/blob-readers.ts';
import { dataMetrics } from '../data/upkeep/data-metrics.ts';
import { BlobIds } from '../data/writing/blob-ids.ts';
import {
  driveAnswerMsDefault,
  driveCallsMax,
  drivesPlacesParts,
  drivesReadBuffersKeptMax,
} from '../limits.ts';
import { answeringDisk } from './answering/answering-disk.ts';
import { answeringIndex } from './answering/answering-index.ts';
import { DriveAnswers } from './answering/drive-answers.ts';
import { DriveSetStore } from './drive-set-store.ts';
import { parseRedundancy, shardCount } from './layout/redundancy.ts';
import { DriveSet, type OpenedDrive } from './set/drive-set.ts';
import { refuse } from './set/match-drives.ts';

export type DriveSetOptions = {
  /** One per drive; `redundancy` says how blobs are kept on them. */
  readonly folders: readonly string[];
  readonly redundancy: string;
  readonly healBytesPerSecond: number;
  /** How long a drive may take to answer; 30 s by default. */
  readonly answerWithinMs?: number | undefined;
};

export type OpenDriveSetOptions = DriveSetOptions & {
  readonly world: World;
  readonly telemetry: Telemetry;
  /** The data folder: which drives there are stands in it. */
  readonly directory: string;
  /** Opens the index of a drive; called again for a drive that came back. */
  readonly openIndex: (path: string) => Promise<IndexSql>;
  /** It goes through all rows of the index, and is waited for however long that takes. */
  readonly opensIndexLong?: boolean;
  /** The logs of every drive are read from their beginnings, for indexes that are not to be trusted. */
  readonly readsWholeLogs?: boolean;
  /** Whether no row refers to a blob, so that a new and empty set hides nothing. */
  readonly isEmpty: () => Promise<boolean>;
  /** Logs of each drive that are written in parallel. */
  readonly writers: number;
  readonly segmentBytesMax: number;
  readonly settings: DataStoreSettings;
} & Pick<DataStoreOptions, 'watchClients'>;

/** Recovers every drive, and starts the background work. Throws ServiceUnavailable when the folders do not fit. */
export async function openDriveSet(options: OpenDriveSetOptions): Promise<DriveSetStore> {
  const { world, telemetry, folders, directory } = options;
  const redundancy = parseRedundancy(options.redundancy);
  if (redundancy === undefined) refuse(`redundancy "${options.redundancy}" is none of none, mirror:N, K+M`);
  const needed = Math.max(shardCount(redundancy.small), shardCount(redundancy.large));
  if (folders.length < needed) {
    refuse(`redundancy ${options.redundancy} needs ${needed} drives, there are ${folders.length}`);
  }
  if (new Set(folders).size < folders.length) refuse('a folder is named twice in object-storage.data.drives');
  if (await holdsOneStore(options)) {
    refuse(
      `the objects of this storage lie in ${directory}/segments, not on drives: start it without object-storage.data.drives, and move them with replication or import`,
    );
  }
  const ids = new BlobIds(world);
  let store: DriveSetStore | undefined;
  const smallBlobs = new BlobCache({ bytesMax: options.settings.smallBlobBytesMax });
  const metrics = dataMetrics(telemetry.metrics, {
    damagedBlobs: () => store?.damagedBlobs ?? 0,
    small: smallBlobs,
  });
  const shared = {
    ...{ metrics, smallBlobs },
    readBuffers: readBuffers({ keptMax: drivesReadBuffersKeptMax }),
    placesPart: Math.min(1, drivesPlacesParts / folders.length),
  };
  const answering = answersOf(options);
  const set = await DriveSet.open({
    ...{ world, folders, log: telemetry.log },
    diskOf: (folder) => answering.get(folder)!.disk,
    path: `${directory}/${setFile}`,
    mayCreate: options.isEmpty,
    openDrive: (folder) => openDrive(options, { folder, answering: answering.get(folder)!, ...shared }),
    onJoined: async (drive) => {
      ids.startAbove(drive.store.orphans.end);
      await store?.joined();
    },
  });
  try {
    store = await DriveSetStore.open({ ...options, set, ids, redundancy });
    return store;
  } catch (error) {
    await set.close().catch(() => {});
    throw error;
  }
}

/** In the data folder of a storage with several drives. */
const setFile = 'drives.json';

async function holdsOneStore({ world, directory }: OpenDriveSetOptions): Promise<boolean> {
  return (await world.disk.list(`${directory}/segments`)).length > 0;
}

type Answering = { readonly answers: DriveAnswers; readonly disk: Disk };

function answersOf({ folders, world, answerWithinMs }: OpenDriveSetOptions): ReadonlyMap<string, Answering> {
  const { clock, disk } = world;
  const withinMs = answerWithinMs ?? driveAnswerMsDefault;
  // A drive that is alone takes nothing away from others.
  const callsMax = folders.length === 1 ? Number.POSITIVE_INFINITY : driveCallsMax;
  return new Map(
    folders.map((folder) => {
      const answers = new DriveAnswers({ clock, withinMs, callsMax });
      return [folder, { answers, disk: answeringDisk(disk, answers) }];
    }),
  );
}

async function openDrive(
  options: OpenDriveSetOptions,
  drive: { folder: string; answering: Answering } & Pick<
    Parameters<typeof openDataStore>[0],
    'metrics' | 'readBuffers' | 'smallBlobs' | 'placesPart'
  >,
): Promise<OpenedDrive> {
  const { telemetry, writers, segmentBytesMax, settings, watchClients } = options;
  const { folder, answering, ...shared } = drive;
  const { answers, disk } = answering;
  const world = { ...options.world, disk };
  const path = `${folder}/blobs.sqlite`;
  const opened = await answers.run(() => options.openIndex(path), {
    operation: 'open',
    path,
    limited: false,
    long: options.opensIndexLong ?? false,
    letGo: (late) => late.close(),
  });
  const index = answeringIndex(opened, path, answers);
  try {
    const store = await openDataStore({
      ...{ world, telemetry, writers, segmentBytesMax, watchClients, ...settings, ...shared },
      ...{ directory: `${folder}/segments`, sql: index, readsWholeLogs: options.readsWholeLogs ?? false },
    });
    return { store, index };
  } catch (error) {
    await index.close().catch(() => {});
    throw error;
  }
}
