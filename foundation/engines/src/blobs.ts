// `@cairn/engines/blobs`: the port of blobs alone, for a program that would else load the SQL engines for nothing.

export type {
  BlobBody,
  BlobContent,
  BlobInfo,
  BlobPage,
  Blobs,
  ByteRange,
  GetOptions,
  ListOptions,
  PutOptions,
} from './blobs/blobs.ts';
export { blobNameBytesMax, blobPageMax } from './blobs/blobs.ts';
export { BlobsError, type BlobsErrorCode, blobsErrorCodes } from './blobs/blobs-error.ts';
export type { BlobsCredentials, BlobsOpener, OpenBlobsOptions } from './blobs/blobs-opener.ts';
export type { BlobsFeatures } from './blobs/conformance/blobs-case.ts';
export { type BlobsConformance, blobsConformance } from './blobs/conformance.ts';
export { openBlobs, registerBlobs } from './blobs/open-blobs.ts';
export { openS3Client } from './blobs/open-s3-client.ts';
export type { S3ClientAndPlace } from './blobs/s3/s3-client.ts';
export type { S3Place } from './blobs/s3/s3-url.ts';
export { untilAborted } from './blobs/until-aborted.ts';
export { WatchedSource } from './blobs/watched-source.ts';
