// Opens blobs at a URL of S3, and asks the bucket once whether it lets us in.

import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Blobs } from '../blobs.ts';
import type { OpenBlobsOptions } from '../blobs-opener.ts';
import { S3Blobs } from './s3-blobs.ts';
import { openS3Client } from './s3-client.ts';
import { toBlobsError } from './s3-error.ts';

/** Fails with `no-bucket`, `denied` or `unavailable` when the prefix cannot be listed. */
export async function openS3Blobs({ url, credentials, world }: OpenBlobsOptions): Promise<Blobs> {
  const { client, place } = await openS3Client({ url, credentials });
  try {
    await client.send(
      new ListObjectsV2Command({ Bucket: place.bucket, Prefix: place.keyPrefix, MaxKeys: 1 }),
    );
  } catch (error) {
    client.destroy();
    throw toBlobsError(error, `open blobs in ${url}`);
  }
  return new S3Blobs({ client, place, random: world.random });
}
