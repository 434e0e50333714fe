// Makes the SDK's client for a URL of S3, as the blueprint's contract "S3 URLs" has it.

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { BlobsCredentials } from '../blobs-opener.ts';
import { withBoundedAnswers } from './bounded-answers.ts';
import { parseS3Url, type S3Place } from './s3-url.ts';

export type S3ClientAndPlace = { readonly client: S3Client; readonly place: S3Place };

/**
 * A client for the endpoint that a URL names, and where in it the URL points. Credentials and region come from the
 * environment or the AWS profile unless they are given. Nothing is asked yet. Fails with `invalid-url`.
 */
export async function openS3Client(options: {
  url: string;
  credentials: BlobsCredentials | undefined;
  attempts?: number;
}): Promise<S3ClientAndPlace> {
  const { url, credentials, attempts = 5 } = options;
  const place = parseS3Url(url);
  const region = await regionOf(credentials);
  const client = new S3Client({ ...clientConfig(place, credentials), region, maxAttempts: attempts });
  withBoundedAnswers(client);
  return { client, place };
}

function clientConfig(place: S3Place, credentials: BlobsCredentials | undefined): S3ClientConfig {
  const isNotAws = place.endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL;
  return {
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
