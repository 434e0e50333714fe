// Makes the SDK's client for a URL of S3, and asks the bucket once whether it lets us in.

import { ListObjectsV2Command, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Blobs } from '../blobs.ts';
import type { BlobsCredentials, OpenBlobsOptions } from '../blobs-opener.ts';
import { S3Blobs } from './s3-blobs.ts';
import { toBlobsError } from './s3-error.ts';
import { parseS3Url, type S3Place } from './s3-url.ts';

/** Fails with `no-bucket`, `denied` or `unavailable` when the prefix cannot be listed. */
export async function openS3Blobs({ url, credentials, world }: OpenBlobsOptions): Promise<Blobs> {
  const place = parseS3Url(url);
  const client = new S3Client({ ...clientConfig(place, credentials), region: await regionOf(credentials) });
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

function clientConfig(place: S3Place, credentials: BlobsCredentials | undefined): S3ClientConfig {
  const isNotAws = place.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  return {
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 120_000 },
    // Only AWS is sure to have a host name for each bucket.
    forcePathStyle: isNotAws !== undefined,
    ...(place.endpoint !== undefined && { endpoint: place.endpoint }),
    ...(credentials !== undefined && { credentials }),
  };
}

/** The SDK knows AWS_REGION and profiles, not AWS_DEFAULT_REGION, which the aws command has; and it has no default. */
async function regionOf(credentials: BlobsCredentials | undefined): Promise<string> {
  const named = credentials?.region ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (named !== undefined) return named;
  const client = new S3Client({});
  try {
    return await client.config.region();
  } catch {
    return defaultRegion; // none is configured anywhere, which the SDK says by throwing
  } finally {
    client.destroy();
  }
}

/** The blueprint's, and what S3 servers other than AWS expect. */
const defaultRegion = 'us-east-1';
