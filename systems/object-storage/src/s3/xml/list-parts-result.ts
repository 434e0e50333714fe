// ListParts' answer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html

import type { ListPartsPage, PartInfo, UploadName } from '../../core/object-storage.ts';
import { checksumElements, ownerElement, quoted, timestamp } from './elements.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

export type ListPartsResult = UploadName & {
  readonly partNumberMarker: number;
  readonly maxParts: number;
  readonly page: ListPartsPage;
};

export function listPartsResult({
  bucket,
  key,
  uploadId,
  partNumberMarker,
  maxParts,
  page,
}: ListPartsResult): string {
  return xmlDocument('ListPartsResult', [
    ['Bucket', bucket],
    ['Key', key],
    ['UploadId', uploadId],
    ownerElement('Initiator', page.owner),
    ownerElement('Owner', page.owner),
    ['StorageClass', page.storageClass ?? 'STANDARD'],
    ['ChecksumAlgorithm', page.checksum?.algorithm.toUpperCase()],
    ['ChecksumType', page.checksum?.type],
    ['PartNumberMarker', partNumberMarker],
    ['NextPartNumberMarker', page.next],
    ['MaxParts', maxParts],
    ['IsTruncated', page.next !== undefined],
    ...page.parts.map((part): XmlElement => ['Part', partElements(part)]),
  ]);
}

function partElements(part: PartInfo): XmlElement[] {
  return [
    ['PartNumber', part.partNumber],
    ['LastModified', timestamp(part.modifiedMs)],
    ['ETag', quoted(part.etag)],
    ['Size', part.sizeBytes],
    ...checksumElements(part.checksum),
  ];
}
