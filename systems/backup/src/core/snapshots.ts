// The snapshots of a repository: `tombstones/` are listed first, then `snapshots/` (DESIGN.md, "Concurrency and garbage
// collection"), so that of a snapshot and the one that replaced it at least one is seen.

import { objectName } from '../format/object-names.ts';
import { decodeSnapshotRecord } from '../format/records/snapshot.ts';
import type { Snapshot, SnapshotRecord } from '../format/snapshot-record.ts';
import type { DamagedObject } from './repository.ts';
import { compareTimes } from './rfc3339.ts';
import { inParallel } from './store/in-parallel.ts';
import { listObjects } from './store/list-all.ts';
import type { ObjectCache } from './store/object-cache.ts';
import { readWhole } from './store/read-whole.ts';
import type { SealedObjects, SealedObjectsOptions } from './store/sealed-objects.ts';
import { isDamage } from './store/store-error.ts';

export type SnapshotSource = Pick<SealedObjectsOptions, 'blobs' | 'world'> & {
  readonly objects: SealedObjects;
  readonly cache: ObjectCache | undefined;
};

export type SnapshotListing = {
  readonly snapshots: readonly Snapshot[];
  readonly damaged: readonly DamagedObject[];
};

const readsAtOnce = 16;

/** Those that are not forgotten, oldest first; fences are none. One that cannot be read is in `damaged`. */
export async function listSnapshots(source: SnapshotSource): Promise<SnapshotListing> {
  const forgotten = new Set((await listObjects(source.blobs, 'tombstones')).map(({ id }) => id));
  const listed = await listObjects(source.blobs, 'snapshots');
  await source.cache?.retain(
    'snapshots',
    listed.map(({ id }) => id),
  );
  const snapshots: Snapshot[] = [];
  const damaged: DamagedObject[] = [];
  const open = listed.filter(({ id }) => !forgotten.has(id));
  await inParallel(open, readsAtOnce, async ({ id, name }) => {
    try {
      const record = await readSnapshotRecord(source, id);
      if (record?.kind === 'snapshot') snapshots.push(record);
    } catch (error) {
      if (!isDamage(error)) throw error;
      damaged.push({ name, problem: error.message });
    }
  });
  return { snapshots: snapshots.sort(byTime), damaged: damaged.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** `snapshots/<id>`; undefined when there is none. Throws `damaged`, `unknown-format`, `store`. */
export async function readSnapshotRecord(
  source: SnapshotSource,
  id: string,
): Promise<SnapshotRecord | undefined> {
  const object = objectName('snapshots', id);
  const address = { kind: 'snapshot', name: object } as const;
  const cached = await source.cache?.read('snapshots', id);
  if (cached !== undefined) {
    try {
      return decodeSnapshotRecord(source.objects.open(address, cached), { id, object });
    } catch (error) {
      // The cache may hold anything; the repository has the truth.
      if (!isDamage(error)) throw error;
    }
  }
  const bytes = await readWhole({ ...source, name: object });
  if (bytes === undefined) return undefined;
  const record = decodeSnapshotRecord(source.objects.open(address, bytes), { id, object });
  await source.cache?.write('snapshots', id, bytes);
  return record;
}

function byTime(left: Snapshot, right: Snapshot): number {
  return compareTimes(left.time, right.time) || (left.id < right.id ? -1 : 1);
}
