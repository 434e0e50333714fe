// The management routes of imports, under /api/object-storage/imports.

import { type ApiRoute, defineRoute } from '@cairn/service';
import { z } from 'zod';
import type { ImportsOnDemand } from '../import/job/imports-on-demand.ts';
import { explained } from './api-errors.ts';

const count = z.int().nonnegative();
const bucketName = z.string().min(1).max(255);
const request = z.strictObject({
  from: z.string().min(1).max(2_048),
  buckets: z
    .array(z.strictObject({ bucket: bucketName, as: bucketName }))
    .max(1_000)
    .readonly()
    .default([]),
  credentials: z.string().min(1).optional(),
  follow: z.boolean().default(false),
  jobs: z.int().min(1).max(64).default(8),
  bytesPerSecond: z.int().min(1_024).optional(),
  dryRun: z.boolean().default(false),
});
const credentials = z.strictObject({
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  sessionToken: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
});
const status = z.strictObject({
  id: z.string(),
  request,
  state: z.enum(['running', 'following', 'done', 'failed', 'stopped', 'waiting']),
  reason: z.string().optional(),
  startedMs: count,
  finishedMs: count.optional(),
  inSyncMs: count.optional(),
  passes: count,
  at: z.strictObject({ bucket: z.string(), key: z.string() }).optional(),
  total: z.strictObject({ versions: count, bytes: count }).optional(),
  counts: z.strictObject({
    ...{ listed: count, present: count, importedObjects: count, importedMarkers: count },
    ...{ importedBytes: count, removed: count, unverified: count, renamedVersions: count },
    ...{ failed: count, receivedBytes: count },
  }),
  failures: z
    .array(z.strictObject({ bucket: z.string(), key: z.string(), versionId: z.string(), reason: z.string() }))
    .readonly(),
  notices: z.array(z.string()).readonly(),
});

export function importRoutes(imports: Pick<ImportsOnDemand, 'get'>): readonly ApiRoute[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/imports',
      summary:
        'Begins to import buckets from another S3 server, or goes on with it; `switch` ends following.',
      action: 'cairn:ImportObjectStorage',
      input: request.extend({
        /** Kept in memory only. */
        sourceCredentials: credentials.optional(),
        switch: z.boolean().default(false),
      }),
      output: status,
      handle: ({ sourceCredentials, switch: switches, ...asked }) =>
        explained(
          imports.get().then((opened) => opened.start(asked, { credentials: sourceCredentials, switches })),
        ),
    }),
    defineRoute({
      method: 'GET',
      path: '/imports',
      summary: 'Lists imports, the oldest first.',
      action: 'cairn:ListObjectStorageImports',
      input: z.strictObject({}),
      output: z.strictObject({ imports: z.array(status).readonly() }),
      handle: async () => ({ imports: (await imports.get()).list() }),
    }),
    defineRoute({
      method: 'POST',
      path: '/imports/stop',
      summary: 'Stops an import; what it imported stays.',
      action: 'cairn:ImportObjectStorage',
      input: z.strictObject({ id: z.string() }),
      output: status,
      handle: ({ id }) => explained(imports.get().then((opened) => opened.stop(id))),
    }),
  ];
}
