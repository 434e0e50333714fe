// The SDK's client for who needs more of S3 than blobs: versions, tags, other calls. Loaded when it is first asked for.

import type { BlobsCredentials } from './blobs-opener.ts';
import type { S3ClientAndPlace } from './s3/s3-client.ts';

/**
 * A client for the endpoint that a URL names (`s3://BUCKET[/PREFIX]`, `http(s)://HOST[:PORT]/BUCKET[/PREFIX]`), and where in
 * it the URL points. Credentials and region come from the environment or the AWS profile unless they are given. Nothing
 * is asked yet. Fails with `invalid-url`.
 */
export async function openS3Client(options: {
  url: string;
  credentials: BlobsCredentials | undefined;
  /** Of a request that failed, the first included; 1 for who has to look before another. 5 when absent. */
  attempts?: number;
}): Promise<S3ClientAndPlace> {
  return (await import('./s3/s3-client.ts')).openS3Client(options);
}
