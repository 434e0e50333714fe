// Makes the opener of `local:` for an object storage that is open in this process.

import type { BlobsOpener } from '@cairn/engines';
import type { ListUploadsPage, ObjectStorage } from '../core/object-storage.ts';
import { ObjectStorageError } from '../errors.ts';
import { listKeysMax } from '../limits.ts';
import { LocalBlobs } from './local-blobs.ts';
import type { LocalBlobsOpenerOptions } from './local-blobs-opener.ts';
import { onStorage } from './local-error.ts';
import { parseLocalUrl } from './local-url.ts';
import { uploadOwner } from './local-writer.ts';

/** As `localBlobsOpener`. */
export function openerOf({ storage, owner, partBytes }: LocalBlobsOpenerOptions): BlobsOpener {
  const prepared = new Map<string, Promise<void>>();
  return async ({ url }) => {
    const place = parseLocalUrl(url);
    const { bucket } = place;
    await onStorage(`open blobs in ${url}`, async () => {
      await makeBucket(storage, { bucket, owner });
      // Once, before anything is written through this opener: every upload found is a dead writer's.
      if (!prepared.has(bucket)) prepared.set(bucket, abortAbandoned(storage, bucket));
      await prepared.get(bucket)?.catch((error: unknown) => {
        prepared.delete(bucket);
        throw error;
      });
    });
    return new LocalBlobs({ storage, place, partBytes });
  };
}

async function makeBucket(storage: ObjectStorage, bucket: { bucket: string; owner: string }): Promise<void> {
  try {
    await storage.headBucket(bucket);
  } catch (error) {
    if (!hasCode(error, 'NoSuchBucket')) throw error;
    await storage.createBucket(bucket).catch((refusal: unknown) => {
      // Somebody made it in between.
      if (!hasCode(refusal, 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists')) throw refusal;
    });
  }
}

/** Uploads of this engine that an earlier process left: one process has the storage, so their writers are dead. */
async function abortAbandoned(storage: ObjectStorage, bucket: string): Promise<void> {
  let next: ListUploadsPage['next'] = { key: '', uploadId: '' };
  while (next !== undefined) {
    const after = { afterKey: next.key, afterUploadId: next.uploadId };
    const request = { bucket, prefix: '', delimiter: '', ...after, limit: listKeysMax };
    const page: ListUploadsPage = await storage.listUploads(request);
    for (const { key, uploadId, owner } of page.uploads) {
      if (owner === uploadOwner) await storage.abortUpload({ bucket, key, uploadId });
    }
    next = page.next;
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof ObjectStorageError && codes.includes(error.code);
}
