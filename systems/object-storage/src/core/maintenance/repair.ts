// Repair: makes the index anew from the segments and the counts from the index, reads everything, and tells exactly which
// objects are hurt. It never takes anything from a user: rows of the metadata store stay as they are, and so does every
// byte that can be read. The folder must belong to nobody else.
//
//   1. an index that SQLite cannot read is moved aside; else its rotten rows are dropped and the sound ones kept, because
//      a row may know a blob whose last record rotted
//   2. opening the data store reads every log from its beginning and adds what the index does not have. The checkpoints stay:
//      when it cannot be opened so, it can be opened as before
//   3. the counts of all segments are made anew from the blobs
//   4. the counts of blobs that copies share are made anew from the rows that share them; while a row is damaged, which may
//      be one of them, no count becomes less
//   5. orphans are removed: removed blobs that the segments still held are back; only if the metadata store is sound
//   6. every blob that a row names is read and verified
//   7. on several drives, what is missing or rotten of a blob that can be read is made again
//   8. what is still hurt is fetched from a replica, where one is known (core/repair): from another bucket or S3 server
//
// On several drives 1 to 3 are done for each.

import assert from 'node:assert/strict';
import { SqlError } from '@cairn/engines';
import type { World } from '@cairn/world';
import type { DataStore } from '../../data/data-store.ts';
import type { IndexSql } from '../../data/index-store.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import { openDataStoreOf, openDrivesOf } from '../assemble.ts';
import { checkMetadataRows, isUnreadable } from '../check-rows.ts';
import { recountMetadataShares } from '../check-shares.ts';
import { MovingBlobs } from '../moving-blobs.ts';
import type { RepairReport } from '../object-storage.ts';
import { type OpenedStores, type OpenObjectStorageOptions, openIndexAt, withStores } from '../open-stores.ts';
import { collectOrphans } from './collect-orphans.ts';
import { findHurtObjects, type ReadThrough } from './hurt-objects.ts';
import { repairFromReplicas } from './repair-from-replicas.ts';

/** As `repairObjectStorage`. */
export async function repairStores(options: OpenObjectStorageOptions): Promise<RepairReport> {
  return withStores({ ...options, openIndex: openOrReplaceIndex }, repair);
}

async function repair(stores: OpenedStores): Promise<RepairReport> {
  const { metadata } = stores.assembly;
  const { data, indexes, ...distrusted } = await openDistrusted(stores);
  try {
    let segments = 0;
    for (const index of indexes()) segments += (await index.write('rewriteCounts', {})).segments;
    const recovered = (await data.stats()).blobs - distrusted.known;
    const problems = [...(await metadataProblems(metadata))];
    const recountedShares = await unlessUnreadable(problems, 0, () =>
      recountMetadataShares(metadata, { rowsAreIntact: problems.length === 0 }),
    );
    const { signal } = new AbortController();
    // Nobody else has the folder, so nothing moves.
    const movingBlobs = new MovingBlobs();
    const bounds = data.orphans;
    const orphans = await collectOrphans({ metadata, data, movingBlobs, signal }, { from: '', bounds });
    if (orphans.kind === 'collected') await bounds.leftAreDecided();
    const nothing: ReadThrough = { hurt: [], readBlobs: 0, readBytes: 0 };
    const { hurt, readBlobs, readBytes } = await unlessUnreadable(problems, nothing, () =>
      findHurtObjects({ metadata, data }),
    );
    // What was read is marked where it is damaged, and what is hurt cannot be healed.
    await data.healAll?.();
    const replicas = await repairFromReplicas({ ...stores.assembly, metadata, data }, hurt);
    return {
      replacedIndex: distrusted.replaced,
      rottenIndexRows: distrusted.rottenBlobs,
      recoveredBlobs: recovered,
      countedSegments: segments,
      recountedShares,
      orphanBlobs: orphans.kind === 'collected' ? orphans.blobs : 0,
      readBlobs,
      readBytes,
      metadataProblems: orphans.kind === 'refused' ? orphans.findings : problems,
      drives: (await data.stats()).drives,
      ...replicas,
    };
  } finally {
    await data.close();
  }
}

async function metadataProblems(metadata: MetadataSql): Promise<readonly string[]> {
  const rows = (await checkMetadataRows(metadata)).filter(({ severity }) => severity === 'damage');
  return [...(await metadata.check()), ...rows.map(({ where, detail }) => `${where}: ${detail}`)];
}

/** What the metadata store cannot be read for is told, and keeps nothing else from being repaired. */
async function unlessUnreadable<T>(problems: string[], without: T, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    problems.push(error.message);
    return without;
  }
}

type Distrusted = {
  readonly data: DataStore;
  readonly indexes: () => readonly IndexSql[];
  readonly rottenBlobs: number;
  /** Blobs that the indexes have before the segments are read. */
  readonly known: number;
  readonly replaced: string | undefined;
};

/** Steps 1 and 2, on every drive where there are several. */
async function openDistrusted({ assembly, replacedIndex }: OpenedStores): Promise<Distrusted> {
  let rottenBlobs = 0;
  let known = 0;
  const distrust = async (index: IndexSql) => {
    const distrusted = await index.write('distrust', {});
    const counted = await index.read('count', {});
    rottenBlobs += distrusted.rottenBlobs;
    known += counted.blobs;
  };
  const { index, drives } = assembly;
  if (drives === undefined) {
    assert(index !== undefined, 'one data store has one index');
    await distrust(index);
    const data = await openDataStoreOf(assembly, { readsWholeLogs: true });
    return { data, indexes: () => [index], rottenBlobs, known, replaced: replacedIndex };
  }
  const replaced: string[] = [];
  const openIndex = async (path: string) => {
    const opened = await openOrReplaceIndex(assembly.world, path);
    if (opened.replaced !== undefined) replaced.push(opened.replaced);
    await distrust(opened.index);
    return opened.index;
  };
  const data = await openDrivesOf(assembly, {
    ...{ ...drives, openIndex, opensIndexLong: true, readsWholeLogs: true },
  });
  return {
    data,
    indexes: () => data.indexes,
    rottenBlobs,
    known,
    replaced: replaced.join(', ') || undefined,
  };
}

/** The index, or an empty one when SQLite finds that it does not hold together; then where the old one is kept. */
async function openOrReplaceIndex(
  world: World,
  path: string,
): Promise<{ index: IndexSql; replaced: string | undefined }> {
  const open = () => openIndexAt(world, path);
  const index = await open().catch((error: unknown) => {
    if (error instanceof SqlError && error.code === 'corrupt') return undefined;
    throw error;
  });
  if (index !== undefined) {
    if ((await index.check()).length === 0) return { index, replaced: undefined };
    await index.close();
  }
  const replaced = await moveAside(world, path);
  return { index: await open(), replaced };
}

async function moveAside(world: World, path: string): Promise<string> {
  const kept = `${path}.damaged-${Math.floor(world.clock.nowMs())}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if ((await world.disk.stat(path + suffix)) !== undefined)
      await world.disk.rename(path + suffix, kept + suffix);
  }
  await world.disk.syncDirectory(path.slice(0, path.lastIndexOf('/')));
  return kept;
}
