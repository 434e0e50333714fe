// How much there is, and in which state: for operators.

import type { ObjectStorageStats } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';

export async function objectStorageStats(
  { metadata, data, masterKeys }: Pick<CoreParts, 'metadata' | 'data' | 'masterKeys'>,
  { rewrappedKeys }: { readonly rewrappedKeys: number },
): Promise<ObjectStorageStats> {
  const counts = await metadata.read('countEverything', {});
  const stored = await data.stats();
  return {
    buckets: counts.buckets,
    objects: counts.objects,
    objectBytes: counts.objectBytes,
    versions: counts.versions,
    versionBytes: counts.versionBytes,
    uploads: counts.uploads,
    blobs: stored.blobs,
    referencedBlobs: counts.blobs,
    garbageBlobs: counts.garbage,
    damagedBlobs: stored.damagedBlobs,
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
  };
}
