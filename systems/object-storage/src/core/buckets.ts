// Operations on buckets.

import { ObjectStorageError } from '../errors.ts';
import type { BucketRow } from '../metadata/buckets.ts';
import { checkBucketName } from './names.ts';
import type { BucketInfo, ObjectStorage } from './object-storage.ts';
import type { CoreParts } from './parts.ts';

type BucketOperations = Pick<
  ObjectStorage,
  'createBucket' | 'headBucket' | 'listBuckets' | 'deleteBucket' | 'setBucketVersioning'
>;

export function bucketOperations({ world, metadata }: CoreParts): BucketOperations {
  return {
    async createBucket({ bucket, owner }) {
      checkBucketName(bucket);
      const row = {
        name: bucket,
        id: world.random.integer(2 ** 48),
        owner,
        created_ms: Math.floor(world.clock.nowMs()),
      };
      const result = await metadata.write('createBucket', row);
      if (result.created) return infoOf(result.bucket);
      const code = result.bucket.owner === owner ? 'BucketAlreadyOwnedByYou' : 'BucketAlreadyExists';
      throw new ObjectStorageError(code, { bucket });
    },

    async headBucket({ bucket }) {
      const row = await metadata.lookup('findBucket', { bucket });
      if (row === undefined) throw new ObjectStorageError('NoSuchBucket', { bucket });
      return infoOf(row);
    },

    async listBuckets() {
      const rows = await metadata.read('listBuckets', {});
      return rows.map(infoOf);
    },

    async deleteBucket({ bucket }) {
      const result = await metadata.write('deleteBucket', { bucket });
      if (result !== 'deleted') throw new ObjectStorageError(result, { bucket });
    },

    async setBucketVersioning({ bucket, versioning }) {
      const result = await metadata.write('setVersioning', { bucket, versioning });
      if (result !== 'set') throw new ObjectStorageError(result, { bucket });
    },
  };
}

function infoOf(row: BucketRow): BucketInfo {
  return {
    bucket: row.name,
    owner: row.owner,
    createdMs: row.created_ms,
    versioning: row.versioning ?? undefined,
  };
}
