// What an engine of the blobs port is opened with.

import type { World } from '@cairn/world';
import type { Blobs } from './blobs.ts';

export type OpenBlobsOptions = {
  /**
   * `file:PATH` a folder, made when it does not exist; `s3://BUCKET[/PREFIX]` AWS, or what AWS_ENDPOINT_URL names;
   * `http(s)://HOST[:PORT]/BUCKET[/PREFIX]` any S3, path style. Never holds credentials.
   */
  readonly url: string;
  readonly world: World;
  /**
   * Refuses a folder that is not there, or empty, with `no-bucket` (`file:`, `sftp:`), and makes nothing before the first put: a
   * mistyped path leaves nothing behind.
   */
  readonly mustExist?: boolean;
  /** For S3; without them, AWS_* and the AWS profile. */
  readonly credentials?: BlobsCredentials;
};

export type BlobsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly region?: string;
};

/** Opens an engine; throws a `BlobsError`. Names, ranges and limits are checked before they reach it. */
export type BlobsOpener = (options: OpenBlobsOptions) => Promise<Blobs>;
