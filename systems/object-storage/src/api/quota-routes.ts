// Management routes for usage and quotas.

import { ApiError, type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import type { ObjectStorage, QuotaSubject } from '../core/object-storage.ts';
import { usageBucketsMax } from '../limits.ts';
import { explained } from './api-errors.ts';

const count = z.int().nonnegative();
const subject = { bucket: z.string().min(1).optional(), user: z.string().min(1).optional() };
const limits = { bytesMax: count.optional(), objectsMax: count.optional() };
const bucketUsage = z.strictObject({
  bucket: z.string(),
  owner: z.string(),
  asOfMs: count,
  objects: count,
  bytes: count,
  noncurrentVersions: count,
  noncurrentBytes: count,
  deleteMarkers: count,
  uploads: count,
  uploadBytes: count,
});

export function quotaRoutes(storage: ObjectStorage): readonly ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/usage',
      summary: 'Counts what buckets hold: all, one, or those that a user owns; in pages.',
      action: 'cairn:GetObjectStorageUsage',
      input: z.strictObject({
        ...subject,
        after: z.string().optional(),
        limit: z.int().min(1).max(usageBucketsMax).default(usageBucketsMax),
      }),
      output: z.strictObject({
        items: z.array(bucketUsage).readonly(),
        next: z.string().optional(),
      }),
      handle: async ({ user: owner, ...input }) => {
        const { buckets, next } = await explained(storage.usage({ ...input, owner }));
        return { items: buckets, ...(next !== undefined && { next }) };
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/quota',
      summary: 'Shows the quota of a bucket or of a user, and what counts for it; 404 where none is set.',
      action: 'cairn:GetObjectStorageQuota',
      input: z.strictObject(subject),
      output: z.strictObject({ ...limits, bytes: count, objects: count, counted: z.boolean() }),
      handle: async (input) => {
        const quota = await explained(storage.quota(subjectOf(input)));
        if (quota === undefined) throw new ApiError('not-found', 'no quota is set there');
        return quota;
      },
    }),
    defineRoute({
      method: 'PUT',
      path: '/quota',
      summary: 'Bounds bytes, objects or both, of a bucket or of all buckets of a user together.',
      action: 'cairn:SetObjectStorageQuota',
      input: z.strictObject({ ...subject, ...limits }),
      output: z.strictObject({}),
      handle: async ({ bytesMax, objectsMax, ...input }) => {
        await explained(storage.setQuota({ ...subjectOf(input), quota: { bytesMax, objectsMax } }));
        return {};
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/quota',
      summary: 'Takes the quota of a bucket or of a user away.',
      action: 'cairn:SetObjectStorageQuota',
      input: z.strictObject(subject),
      output: z.strictObject({}),
      handle: async (input) => {
        await explained(storage.setQuota({ ...subjectOf(input), quota: undefined }));
        return {};
      },
    }),
  ];
}

/** A user is the owner of that canonical id. */
function subjectOf({
  bucket,
  user,
}: {
  bucket?: string | undefined;
  user?: string | undefined;
}): QuotaSubject {
  if (bucket !== undefined && user === undefined) return { bucket };
  if (user !== undefined && bucket === undefined) return { owner: user };
  throw new ApiError(
    'invalid-request',
    'a quota is that of a bucket or of a user: one of both has to be named',
  );
}
