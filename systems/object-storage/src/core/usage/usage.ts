// How much each bucket holds, counted when it is asked for, on the reading threads and page by page: no transaction is long,
// and memory is that of one page. What changes meanwhile may be counted or not.

import type { Clock } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';
import { usageBucketsMax, usagePageRows } from '../../limits.ts';
import type { BucketRow } from '../../metadata/buckets.ts';
import type { MeasuredPage, Usage } from '../../metadata/quotas/measure.ts';
import type { MetadataSql } from '../../metadata/store.ts';
import type { BucketUsage, ObjectStorage, UsagePage } from '../object-storage.ts';
import type { CoreParts } from '../parts.ts';

const nothing: Usage = {
  ...{ objects: 0, bytes: 0, noncurrentVersions: 0, noncurrentBytes: 0 },
  ...{ deleteMarkers: 0, uploads: 0, uploadBytes: 0 },
};

/** `afterPage` is told how many rows a page had and when it was begun, by the monotonic clock; it may wait or throw. */
export async function measureBucket(
  { clock, metadata }: { readonly clock: Clock; readonly metadata: MetadataSql },
  { id, name, owner }: Pick<BucketRow, 'id' | 'name' | 'owner'>,
  afterPage: (page: { rows: number; sinceMs: number }) => Promise<void> = async () => {},
): Promise<BucketUsage> {
  const asOfMs = Math.floor(clock.nowMs());
  let usage = nothing;
  let after: string | undefined = '';
  while (after !== undefined) {
    const sinceMs = clock.monotonicMs();
    const page: MeasuredPage = await metadata.read('measurePage', {
      ...{ bucket: id, after, limit: usagePageRows },
    });
    usage = plus(usage, page.usage);
    after = page.through;
    await afterPage({ rows: page.usage.objects + page.usage.noncurrentVersions, sinceMs });
  }
  return { bucket: name, owner, asOfMs, ...usage };
}

function plus(left: Usage, right: Usage): Usage {
  return {
    objects: left.objects + right.objects,
    bytes: left.bytes + right.bytes,
    noncurrentVersions: left.noncurrentVersions + right.noncurrentVersions,
    noncurrentBytes: left.noncurrentBytes + right.noncurrentBytes,
    deleteMarkers: left.deleteMarkers + right.deleteMarkers,
    uploads: left.uploads + right.uploads,
    uploadBytes: left.uploadBytes + right.uploadBytes,
  };
}

export async function usage(
  { world, metadata }: Pick<CoreParts, 'world' | 'metadata'>,
  { bucket, owner, after = '', limit = usageBucketsMax }: Parameters<ObjectStorage['usage']>[0],
): Promise<UsagePage> {
  const most = Math.max(1, Math.min(limit, usageBucketsMax));
  const found =
    bucket === undefined ? await bucketsAfter(metadata, after, most) : await only(metadata, bucket);
  const buckets: BucketUsage[] = [];
  const measuring = { clock: world.clock, metadata };
  for (const row of found.rows) {
    if (owner === undefined || row.owner === owner) buckets.push(await measureBucket(measuring, row));
  }
  return { buckets, next: found.next };
}

type Found = { readonly rows: readonly BucketRow[]; readonly next: string | undefined };

async function bucketsAfter(metadata: MetadataSql, after: string, limit: number): Promise<Found> {
  const rows = await metadata.lookup('listBucketsAfter', { after, limit });
  return { rows, next: rows.length < limit ? undefined : rows.at(-1)!.name };
}

async function only(metadata: MetadataSql, bucket: string): Promise<Found> {
  const row = await metadata.lookup('findBucket', { bucket });
  if (row === undefined) throw new ObjectStorageError('NoSuchBucket', { bucket });
  return { rows: [row], next: undefined };
}
