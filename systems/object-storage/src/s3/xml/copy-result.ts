// The answers of CopyObject and UploadPartCopy.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html and API_UploadPartCopy.html

import type { StoredChecksum } from '../../core/object-storage.ts';
import { checksumElements, quoted, timestamp } from './elements.ts';
import { xmlDocument } from './xml-writer.ts';

type Copied = {
  readonly etag: string;
  readonly modifiedMs: number;
  readonly checksum: StoredChecksum | undefined;
};

export function copyObjectResult(copied: Copied): string {
  return copyResult('CopyObjectResult', copied);
}

export function copyPartResult(copied: Copied): string {
  return copyResult('CopyPartResult', copied);
}

function copyResult(name: string, { etag, modifiedMs, checksum }: Copied): string {
  return xmlDocument(name, [
    ['ETag', quoted(etag)],
    ['LastModified', timestamp(modifiedMs)],
    ...checksumElements(checksum),
    ['ChecksumType', checksum?.type],
  ]);
}
