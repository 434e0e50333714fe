// The management routes of object storage, under /api/object-storage.

import { type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import type { ObjectStorage } from '../core/object-storage.ts';
import { explained } from './api-errors.ts';
import { quotaRoutes } from './quota-routes.ts';

const count = z.int().nonnegative();
const queue = z.strictObject({
  target: z.string(),
  known: z.boolean(),
  waiting: count,
  oldestMs: count,
  failures: count,
  failure: z.string().optional(),
});
const storageClass = z.strictObject({
  storageClass: z.string(),
  url: z.string(),
  objects: count,
  bytes: count,
  waiting: count,
  restoring: count,
  restored: count,
  garbage: count,
  failures: count,
  failure: z.string().optional(),
});
const drives = z.strictObject({
  redundancy: z.string(),
  drives: z
    .array(
      z.strictObject({
        folder: z.string(),
        state: z.enum(['ok', 'returned', 'missing']),
        reason: z.string(),
        freeBytes: count,
        blobs: count,
        damagedBlobs: count,
      }),
    )
    .readonly(),
  healing: z.strictObject({
    running: z.boolean(),
    startedMs: count,
    finishedMs: count,
    after: z.string(),
    scannedBlobs: count,
    healedBlobs: count,
    healedBytes: count,
    degradedBlobs: count,
    lostBlobs: count,
    queuedBlobs: count,
  }),
});
const stats = z.strictObject({
  buckets: count,
  objects: count,
  objectBytes: count,
  versions: count,
  versionBytes: count,
  uploads: count,
  blobs: count,
  referencedBlobs: count,
  sharedBlobs: count,
  garbageBlobs: count,
  damagedBlobs: count,
  repairs: z.strictObject({
    repairedBlobs: count,
    repairedBytes: count,
    unrepairedBlobs: count,
    unrepaired: z
      .array(
        z.strictObject({ blob: z.string(), objects: z.array(z.string()).readonly(), reason: z.string() }),
      )
      .readonly(),
  }),
  segments: count,
  segmentBytes: count,
  liveBytes: count,
  deadBytes: count,
  encryption: z.strictObject({
    masterKeys: count,
    lostMasterKeys: count,
    rewrapping: z.boolean(),
    rewrappedKeys: count,
  }),
  scrub: z.strictObject({ startedMs: count, readBlobs: count, readBytes: count, finishedMs: count }),
  drives: drives.optional(),
  lifecycle: z
    .array(
      z.strictObject({
        bucket: z.string(),
        startedMs: count,
        scannedRows: count,
        at: z.strictObject({ stage: z.enum(['object', 'version', 'upload']), key: z.string() }).optional(),
        finishedMs: count,
        expiredObjects: count,
        expiredVersions: count,
        removedMarkers: count,
        abortedUploads: count,
        transitions: count,
        skipped: count,
      }),
    )
    .readonly(),
  storageClasses: z.array(storageClass).readonly(),
  events: z.array(queue).readonly(),
  replication: z.array(queue.extend({ passes: count })).readonly(),
});
const gcReport = z.strictObject({
  garbageBlobs: count,
  orphanBlobs: count,
  copiedBytes: count,
  freedBytes: count,
  problems: z.array(z.string()).readonly(),
});
const rotation = z.strictObject({ masterKey: z.string(), lostMasterKeys: z.array(z.string()).readonly() });
const finding = z.strictObject({
  severity: z.enum(['damage', 'notice']),
  where: z.string(),
  detail: z.string(),
});
const run = z.strictObject({ segment: count, position: count, blocks: count });
const placement = z.strictObject({
  blob: z.string(),
  place: z.string().optional(),
  sizeBytes: count,
  /** Absent when the blob is not in the data store. */
  log: count.optional(),
  runs: z.array(run).readonly(),
});
const inspection = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  versionId: z.string().optional(),
  sizeBytes: count,
  etag: z.string(),
  modifiedMs: z.number(),
  placements: z.array(placement).readonly(),
});

export function objectStorageRoutes(storage: ObjectStorage): readonly ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/stats',
      summary: 'Counts what is stored.',
      action: 'cairn:GetObjectStorageStats',
      input: z.strictObject({}),
      output: stats,
      handle: () => explained(storage.stats()),
    }),
    defineRoute({
      method: 'GET',
      path: '/check',
      summary: 'Looks for damage without changing anything; with `deep`, reads and verifies every byte.',
      action: 'cairn:CheckObjectStorage',
      input: z.strictObject({ deep: z.stringbool().default(false) }),
      output: z.strictObject({ findings: z.array(finding).readonly() }),
      handle: async ({ deep }) => ({ findings: await explained(storage.check({ deep })) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/gc',
      summary: 'Removes garbage and orphans now, compacts segments, and tells what came back.',
      action: 'cairn:CollectObjectStorageGarbage',
      input: z.strictObject({}),
      output: gcReport,
      handle: () => explained(storage.gc()),
    }),
    defineRoute({
      method: 'GET',
      path: '/drives',
      summary: 'Shows the drives, how objects are kept on them, and how far healing is.',
      action: 'cairn:GetObjectStorageStats',
      input: z.strictObject({}),
      output: z.strictObject({ drives: drives.optional() }),
      handle: async () => ({ drives: (await explained(storage.stats())).drives }),
    }),
    defineRoute({
      method: 'POST',
      path: '/drives/replace',
      summary: 'Takes the empty folder of a missing drive for a new drive, which healing fills.',
      action: 'cairn:ReplaceObjectStorageDrive',
      input: z.strictObject({ folder: z.string() }),
      output: z.strictObject({ drives: drives.optional() }),
      handle: async ({ folder }) => {
        await explained(storage.replaceDrive({ folder }));
        return { drives: (await explained(storage.stats())).drives };
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/rotate-key',
      summary: 'Makes a new master key and rewraps the keys of all objects under it in the background.',
      action: 'cairn:RotateObjectStorageKey',
      input: z.strictObject({}),
      output: rotation,
      handle: () => explained(storage.rotateMasterKey()),
    }),
    defineRoute({
      method: 'POST',
      path: '/retry-replication',
      summary:
        'Tries again in the background what could not be replicated, and tells how many buckets replicate.',
      action: 'cairn:RetryObjectStorageReplication',
      input: z.strictObject({}),
      output: z.strictObject({ buckets: count }),
      handle: () => explained(storage.retryReplication()),
    }),
    defineRoute({
      method: 'GET',
      path: '/inspect',
      summary: 'Shows an object and where its bytes lie.',
      action: 'cairn:InspectObjectStorage',
      input: z.strictObject({ bucket: z.string(), key: z.string(), versionId: z.string().optional() }),
      output: inspection,
      handle: (input) => explained(storage.inspect(input)),
    }),
    ...quotaRoutes(storage),
  ];
}
