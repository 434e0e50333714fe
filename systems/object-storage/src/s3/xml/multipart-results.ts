// The answers of CreateMultipartUpload and CompleteMultipartUpload.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html and API_CompleteMultipartUpload.html

import type { ObjectInfo, UploadName } from '../../core/object-storage.ts';
import { checksumElements, quoted } from './elements.ts';
import { xmlDocument } from './xml-writer.ts';

export function initiateMultipartUploadResult({ bucket, key, uploadId }: UploadName): string {
  return xmlDocument('InitiateMultipartUploadResult', [
    ['Bucket', bucket],
    ['Key', key],
    ['UploadId', uploadId],
  ]);
}

/** `location` is the object's URL. */
export function completeMultipartUploadResult(
  { bucket, key, etag, checksum }: ObjectInfo,
  { location }: { location: string },
): string {
  return xmlDocument('CompleteMultipartUploadResult', [
    ['Location', location],
    ['Bucket', bucket],
    ['Key', key],
    ['ETag', quoted(etag)],
    ...checksumElements(checksum),
    ['ChecksumType', checksum?.type],
  ]);
}
