// The last step of `repair`: what is hurt is repaired from replicas, in a folder that nobody else has.

import { SqlError } from '@cairn/engines';
import { SegmentLogError } from '@cairn/segment-log';
import { DiskError } from '@cairn/world';
import type { DataStore } from '../../data/data-store.ts';
import { Holds } from '../../data/holds.ts';
import { ObjectStorageError } from '../../errors.ts';
import { lifecycleDefaults, partBytesMin } from '../../limits.ts';
import { localBucketOf } from '../../replication/replication-rules.ts';
import type { AssembleOptions } from '../assemble.ts';
import { BucketConfigurations } from '../bucket-configurations.ts';
import { MasterKeys } from '../encryption/master-keys.ts';
import { KnownObjects } from '../known-objects.ts';
import { MovingBlobs } from '../moving-blobs.ts';
import type { RepairReport } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';
import { findHurtBlobs, type HurtBlob } from '../repair/hurt-blobs.ts';
import { type BlobRepair, type FindReplicas, repairBlob } from '../repair/repair-blob.ts';
import { Bandwidth } from '../replication/bandwidth.ts';
import { readReplica } from '../replication/read-replica.ts';
import { Places } from '../transition/places.ts';
import type { HurtBlobOf } from './hurt-objects.ts';

type Stores = AssembleOptions & { readonly data: DataStore };
type Replicas = Pick<RepairReport, 'repaired' | 'hurt'>;

const driveAway = 'a drive is missing, and may come back with it';

export async function repairFromReplicas(stores: Stores, hurt: readonly HurtBlobOf[]): Promise<Replicas> {
  if (hurt.length === 0) return { repaired: [], hurt: [] };
  const outcomes = stores.data.isWhole === false ? new Map() : await repairAll(stores, hurt);
  const left = stores.data.isWhole === false ? driveAway : 'nothing names it any more';
  const replicas = { repaired: [] as Replicas['repaired'][number][], hurt: [] as Replicas['hurt'][number][] };
  for (const { blob, object } of hurt) {
    const repair: BlobRepair | undefined = outcomes.get(blob);
    if (repair?.outcome === 'repaired') replicas.repaired.push({ ...object, from: repair.from });
    else
      replicas.hurt.push({
        ...object,
        unrepaired: repair?.outcome === 'not repaired' ? repair.reason : left,
      });
  }
  return replicas;
}

async function repairAll(
  stores: Stores,
  hurt: readonly HurtBlobOf[],
): Promise<ReadonlyMap<string, BlobRepair>> {
  const discarded: string[] = [];
  const parts = await partsOf(stores, (blob) => discarded.push(blob));
  const { destinations = {}, bytesPerSecond } = stores.replication ?? {};
  const { signal } = new AbortController();
  const bandwidth = new Bandwidth(parts.world.clock, bytesPerSecond);
  const repairing = {
    ...parts,
    find: replicasOf(parts, destinations),
    paced: (content: Parameters<Bandwidth['paced']>[0]) =>
      bandwidth.paced(content, { signal, onBytes: () => {} }),
  };
  try {
    const outcomes = new Map<string, BlobRepair>();
    const blobs = [...new Set(hurt.map(({ blob }) => blob))];
    for (const each of await findHurtBlobs(parts.metadata, blobs)) {
      outcomes.set(each.blob, await explained(repairing, each, signal));
      await parts.data.remove(discarded.splice(0));
    }
    return outcomes;
  } finally {
    for (const destination of Object.values(destinations)) destination.close();
    await parts.places.close();
  }
}

/** One that fails for want of room, or because the disk does, leaves the others their turn. */
async function explained(
  parts: Parameters<typeof repairBlob>[0],
  hurt: HurtBlob,
  signal: AbortSignal,
): Promise<BlobRepair> {
  try {
    return await repairBlob(parts, hurt, signal);
  } catch (error) {
    const expected = [DiskError, SegmentLogError, ObjectStorageError, SqlError].some(
      (kind) => error instanceof kind,
    );
    if (!expected) throw error;
    return { outcome: 'not repaired', reason: (error as Error).message };
  }
}

function replicasOf(
  parts: CoreParts,
  destinations: NonNullable<NonNullable<AssembleOptions['replication']>['destinations']>,
): FindReplicas {
  return (target) => {
    if (Object.hasOwn(destinations, target)) return destinations[target];
    const bucket = localBucketOf(target);
    if (bucket === undefined) return undefined;
    return { read: (replica, { range }) => readReplica(parts, { ...replica, bucket }, range) };
  };
}

async function partsOf(stores: Stores, discard: (blob: string) => void): Promise<CoreParts> {
  const { world, metadata, data, directory, telemetry } = stores;
  const { log } = telemetry;
  const path = stores.masterKeyFile ?? `${directory}-master-keys.json`;
  return {
    ...{ world, secrets: world.random, metadata, data, partBytesMin, discard },
    dayMs: lifecycleDefaults.dayMs,
    masterKeys: await MasterKeys.open({ world, path, metadata, log }),
    knownObjects: new KnownObjects({ metadata, charactersMax: 0 }),
    configurations: new BucketConfigurations({ clock: world.clock, metadata, shared: false }),
    holds: new Holds(),
    movingBlobs: new MovingBlobs(),
    places: new Places(stores.places ?? [], () => {}),
    wakeGarbageWorker() {},
    wakeEventWorker() {},
  };
}
