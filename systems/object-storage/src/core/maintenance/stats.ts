// How much there is, and in which state: for operators.

import type { Lifecycle } from '../../metadata/lifecycle/passes.ts';
import type { FindDestination } from '../../replication/replication-destination.ts';
import { eventQueues } from '../events/event-queues.ts';
import type { EventWorker } from '../events/event-worker.ts';
import { listAllLifecycles } from '../lifecycle/list-all-lifecycles.ts';
import type { LifecycleProgress, ObjectStorageStats, RepairProgress } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';
import { replicationQueues } from '../replication/replication-queues.ts';
import type { ReplicationWorker } from '../replication/replication-worker.ts';
import type { TransitionWorkers } from '../transition/transition-workers.ts';

export async function objectStorageStats(
  { metadata, data, masterKeys }: Pick<CoreParts, 'metadata' | 'data' | 'masterKeys'>,
  {
    rewrapper: { rewrappedKeys },
    events,
    transitions,
    replication,
    repairs,
  }: {
    readonly rewrapper: { readonly rewrappedKeys: number };
    readonly events: EventWorker;
    readonly transitions: TransitionWorkers;
    readonly repairs: { readonly progress: RepairProgress };
    readonly replication: { readonly worker: ReplicationWorker; readonly find: FindDestination };
  },
): Promise<ObjectStorageStats> {
  const counts = await metadata.read('countEverything', {});
  const stored = await data.stats();
  const lifecycle: LifecycleProgress[] = [];
  for await (const found of listAllLifecycles(metadata)) lifecycle.push(progressOf(found));
  return {
    buckets: counts.buckets,
    objects: counts.objects,
    objectBytes: counts.objectBytes,
    versions: counts.versions,
    versionBytes: counts.versionBytes,
    uploads: counts.uploads,
    blobs: stored.blobs,
    referencedBlobs: counts.blobs,
    sharedBlobs: counts.sharedBlobs,
    garbageBlobs: counts.garbage,
    damagedBlobs: stored.damagedBlobs,
    repairs: repairs.progress,
    segments: stored.segments,
    segmentBytes: stored.segmentBytes,
    liveBytes: stored.liveBytes,
    deadBytes: stored.deadBytes,
    encryption: {
      masterKeys: masterKeys.count,
      lostMasterKeys: masterKeys.lost.length,
      rewrapping: masterKeys.rewrapDue,
      rewrappedKeys,
    },
    scrub: stored.scrub,
    drives: stored.drives,
    lifecycle,
    storageClasses: await transitions.stats(),
    events: await eventQueues(metadata, events),
    replication: await replicationQueues(metadata, replication),
  };
}

function progressOf({ bucket, state: { period: _, next, ...counts } }: Lifecycle): LifecycleProgress {
  return { bucket, ...counts, ...(next !== null && { at: { stage: next.stage, key: next.key } }) };
}
