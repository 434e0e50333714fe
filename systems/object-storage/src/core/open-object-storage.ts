// Opens object storage as a library: a folder, no server, no other system.

import { availableParallelism } from 'node:os';
import { openSql } from '@cairn/engines';
import { silentTelemetry, type Telemetry } from '@cairn/telemetry';
import { realWorld, type World } from '@cairn/world';
import indexStore from '../data/index-store.ts';
import { ObjectStorageError } from '../errors.ts';
import { segmentBytesMaxDefault, writersMax } from '../limits.ts';
import metadataStore from '../metadata/store.ts';
import { assembleObjectStorage } from './assemble.ts';
import type { ObjectStorage } from './object-storage.ts';

export type OpenObjectStorageOptions = {
  /** Holds everything; made when missing. One process at a time. */
  readonly directory: string;
  /** Where metadata is kept: `postgres://...`, or a SQLite file in the folder when absent. */
  readonly metadataUrl?: string | undefined;
  /** Segment files that are written in parallel; one per core when absent. */
  readonly writers?: number | undefined;
  readonly segmentBytesMax?: number | undefined;
  readonly world?: World;
  readonly telemetry?: Telemetry;
};

/** Uploads do not wait for the index: its writer shares its thread with other stores that can wait. */
const backgroundThread = 'sql background';

/**
 * Opens the storage in a folder, recovering what a crash left. Throws ServiceUnavailable when another process has it.
 *
 * @example
 * const storage = await openObjectStorage({ directory: './data/object-storage' });
 * await storage.createBucket({ bucket: 'photos', owner: 'me' });
 * const attributes = { headers: { 'content-type': 'text/plain' }, userMetadata: {} };
 * await storage.putObject({ bucket: 'photos', key: 'a.txt', attributes, body: objectBody(Buffer.from('hello')) });
 * await storage.close();
 */
export async function openObjectStorage(options: OpenObjectStorageOptions): Promise<ObjectStorage> {
  const world = options.world ?? realWorld();
  const { directory } = options;
  await world.disk.makeDirectory(directory);
  const lock = await world.disk.lockDirectory(directory);
  if (lock === undefined) {
    throw new ObjectStorageError('ServiceUnavailable', {
      message: `could not open the object storage in ${directory}: another process has it open`,
    });
  }
  const opened: { close(): Promise<void> }[] = [{ close: () => lock.release() }];
  const closeAll = async () => {
    const failures: unknown[] = [];
    for (const part of opened.splice(0).reverse()) await part.close().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  const keep = async <Part extends { close(): Promise<void> }>(part: Promise<Part>): Promise<Part> => {
    opened.push(await part);
    return part;
  };
  try {
    const metadataUrl = options.metadataUrl ?? `file:${directory}/metadata.sqlite`;
    const indexUrl = `file:${directory}/blobs.sqlite`;
    const opening = [
      keep(openSql(metadataStore, { url: metadataUrl, world })),
      keep(openSql(indexStore, { url: indexUrl, world, thread: backgroundThread })),
    ] as const;
    await Promise.allSettled(opening); // When one fails, the other must not open behind our back.
    const [metadata, index] = await Promise.all(opening);
    const storage = await assembleObjectStorage({
      world,
      directory: `${directory}/segments`,
      metadata,
      index,
      writers: options.writers ?? Math.min(availableParallelism(), writersMax),
      segmentBytesMax: options.segmentBytesMax ?? segmentBytesMaxDefault,
      telemetry: options.telemetry ?? silentTelemetry(),
    });
    opened.push(storage);
    return { ...storage, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
