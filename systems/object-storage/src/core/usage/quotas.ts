// Quotas of buckets and users: set here, enforced in the transactions that store (metadata/quotas/metering.ts).

import { ObjectStorageError } from '../../errors.ts';
import type { Limits } from '../../metadata/quotas/usage-rows.ts';
import type { ObjectStorage, Quota, QuotaSubject } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';
import type { UsageCounter } from './usage-counter.ts';

type QuotaOperations = Pick<ObjectStorage, 'setQuota' | 'quota'>;

export function quotaOperations(
  { metadata }: Pick<CoreParts, 'metadata'>,
  counter: UsageCounter,
): QuotaOperations {
  return {
    async setQuota({ quota, ...subject }) {
      const limits = quota === undefined ? null : limitsOf(quota);
      if (subject.bucket === undefined)
        await metadata.write('setUserQuota', { owner: subject.owner, limits });
      else {
        const result = await metadata.write('setBucketQuota', { bucket: subject.bucket, limits });
        if (result !== 'set') throw new ObjectStorageError(result, { bucket: subject.bucket });
      }
      if (quota !== undefined) await counter.countAll();
    },
    async quota(subject) {
      const state = await findQuota(metadata, subject);
      if (state === null) return undefined;
      const { bytes, objects, counted, bytes_max, objects_max } = state;
      if (bytes_max === null && objects_max === null) return undefined;
      return {
        ...{ bytes, objects, counted },
        ...(bytes_max !== null && { bytesMax: bytes_max }),
        ...(objects_max !== null && { objectsMax: objects_max }),
      };
    },
  };
}

async function findQuota(metadata: CoreParts['metadata'], subject: QuotaSubject) {
  if (subject.bucket === undefined) return metadata.lookup('findUserQuota', { owner: subject.owner });
  const { bucket } = subject;
  const found = await metadata.lookup('findBucketQuota', { bucket });
  if (found === 'NoSuchBucket') throw new ObjectStorageError(found, { bucket });
  return found;
}

function limitsOf({ bytesMax, objectsMax }: Quota): Limits {
  for (const most of [bytesMax, objectsMax]) {
    if (most === undefined || (Number.isSafeInteger(most) && most >= 0)) continue;
    throw new ObjectStorageError('InvalidArgument', { message: `A quota is a whole number, not ${most}.` });
  }
  if (bytesMax === undefined && objectsMax === undefined) {
    throw new ObjectStorageError('InvalidArgument', { message: 'A quota bounds bytes, objects or both.' });
  }
  return { bytes_max: bytesMax ?? null, objects_max: objectsMax ?? null };
}
