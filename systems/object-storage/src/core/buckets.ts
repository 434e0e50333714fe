// Operations on buckets.

import { ObjectStorageError } from '../errors.ts';
import { uploadsDroppedAtOnce } from '../limits.ts';
import type { ConfigurationChange } from '../metadata/bucket-configuration.ts';
import type { BucketRow } from '../metadata/buckets.ts';
import { checkBucketName, checkTexts } from './names.ts';
import type { BucketInfo, ConfigurationDocuments, ObjectStorage } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

type BucketOperations = Pick<
  ObjectStorage,
  'createBucket' | 'headBucket' | 'listBuckets' | 'deleteBucket' | 'setBucketVersioning' | 'configureBucket'
>;

export function bucketOperations(parts: CoreParts): BucketOperations {
  const { world, metadata, configurations } = parts;
  return {
    async createBucket({ bucket, owner, documents = {} }) {
      checkBucketName(bucket);
      const row = {
        name: bucket,
        id: world.random.integer(2 ** 48),
        owner,
        created_ms: Math.floor(world.clock.nowMs()),
      };
      const changes = changesOf(documents);
      try {
        const result = await metadata.write('createConfiguredBucket', { bucket: row, changes });
        if (result.created) return bucketInfo(result.bucket);
        const code = result.bucket.owner === owner ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists';
        throw new ObjectStorageError(code, { bucket });
      } finally {
        // Another process may have deleted one of that name, which is remembered here.
        configurations.forget(bucket);
      }
    },

    async headBucket({ bucket }) {
      const row = await metadata.lookup('findBucket', { bucket });
      if (row === undefined) throw new ObjectStorageError('NoSuchBucket', { bucket });
      return bucketInfo(row);
    },

    async listBuckets() {
      const rows = await metadata.read('listBuckets', {});
      return rows.map(bucketInfo);
    },

    async deleteBucket({ bucket }) {
      try {
        await deleteBucket(parts, bucket);
      } finally {
        configurations.forget(bucket);
      }
    },

    async setBucketVersioning({ bucket, versioning }) {
      try {
        const result = await metadata.write('changeVersioning', { bucket, versioning });
        if (result !== 'set') throw new ObjectStorageError(result, { bucket });
      } finally {
        configurations.forget(bucket);
      }
    },
    async configureBucket({ bucket, documents }) {
      try {
        const changes = changesOf(documents);
        const result = await metadata.write('configureBucket', { bucket, changes });
        const message = result === 'InvalidRequest' ? { message: versioningNeeded } : {};
        if (result !== 'stored') throw new ObjectStorageError(result, { bucket, ...message });
      } finally {
        configurations.forget(bucket);
      }
    },
  };
}

const versioningNeeded = "Versioning must be 'Enabled' on the bucket to apply a replication configuration";

/** Its unfinished uploads go with it: page by page, if there are many, and the last with the bucket. */
async function deleteBucket(
  { world, metadata, wakeGarbageWorker }: CoreParts,
  bucket: string,
): Promise<void> {
  for (;;) {
    const nowMs = Math.floor(world.clock.nowMs());
    const result = await metadata.write('deleteBucket', { bucket, nowMs, uploadsMax: uploadsDroppedAtOnce });
    wakeGarbageWorker();
    if (result === 'deleted') return;
    if (result !== 'more') throw new ObjectStorageError(result, { bucket });
  }
}

function changesOf(documents: ConfigurationDocuments): readonly ConfigurationChange[] {
  checkTexts(documents);
  return Object.entries(documents).map(([name, document]) => ({ name, document: document ?? null }));
}

export function bucketInfo(row: BucketRow): BucketInfo {
  return {
    bucket: row.name,
    owner: row.owner,
    createdMs: row.created_ms,
    versioning: row.versioning ?? undefined,
  };
}
