// Buckets, next to another process on the same database.

import assert from 'node:assert/strict';
import test from 'node:test';
import { realWorld } from '@cairn/world';
import type { MetadataSql } from '../metadata/store.ts';
import { BucketConfigurations } from './bucket-configurations.ts';
import { bucketOperations } from './buckets.ts';
import type { CoreParts } from './parts.ts';

test('a bucket that another process deleted and this one made again is not remembered as it was', async () => {
  const row = (owner: string) => ({ name: 'photos', id: 1, owner, created_ms: 0, versioning: null });
  let stored: ReturnType<typeof row> | undefined = row('anna');
  const metadata = {
    lookup: async () => stored && { bucket: stored, documents: [{ name: 'policy', document: '{}' }] },
    write: async (_name: string, { bucket }: { bucket: { owner: string } }) => {
      stored = row(bucket.owner);
      return { created: true, bucket: stored };
    },
  } as unknown as MetadataSql;
  const world = realWorld();
  const configurations = new BucketConfigurations({ clock: world.clock, metadata, shared: true });
  const buckets = bucketOperations({ world, metadata, configurations } as CoreParts);
  assert.equal((await configurations.get('photos')).owner, 'anna');
  stored = undefined;
  await buckets.createBucket({ bucket: 'photos', owner: 'bert' });
  assert.equal((await configurations.get('photos')).owner, 'bert');
});
