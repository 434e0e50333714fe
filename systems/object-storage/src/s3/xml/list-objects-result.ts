// The answers of ListObjects and ListObjectsV2.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html and API_ListObjectsV2.html

import type { ListedObject, ListObjectsPage } from '../../core/object-storage.ts';
import {
  algorithmNames,
  commonPrefixElements,
  type EncodingType,
  encodedName,
  ownerElement,
  restoreElement,
  timestamp,
} from './elements.ts';
import { escapeXml, type WrittenXml, writeXml, type XmlElement, xmlDocument } from './xml-writer.ts';

type Listing = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodingType: EncodingType;
  readonly page: ListObjectsPage;
  /** Shown with every object when present. */
  readonly owner: string | undefined;
};

export type ListObjectsResult = Listing & { readonly marker: string };

export function listObjectsResult(result: ListObjectsResult): string {
  const { page, delimiter, encodingType } = result;
  // Without a delimiter clients go on from the last key; Amazon leaves NextMarker out then.
  const nextMarker = delimiter === '' ? undefined : page.next;
  return xmlDocument('ListBucketResult', [
    ...head(result),
    ['Marker', encodedName(result.marker, encodingType)],
    ['NextMarker', nextMarker === undefined ? undefined : encodedName(nextMarker, encodingType)],
    ...entries(result),
  ]);
}

export type ListObjectsV2Result = Listing & {
  readonly startAfter: string | undefined;
  readonly continuationToken: string | undefined;
  readonly nextContinuationToken: string | undefined;
};

export function listObjectsV2Result(result: ListObjectsV2Result): string {
  const { page, encodingType, startAfter } = result;
  return xmlDocument('ListBucketResult', [
    ...head(result),
    ['KeyCount', page.objects.length + page.commonPrefixes.length],
    ['ContinuationToken', result.continuationToken],
    ['NextContinuationToken', result.nextContinuationToken],
    ['StartAfter', startAfter === undefined ? undefined : encodedName(startAfter, encodingType)],
    ...entries(result),
  ]);
}

function head({ bucket, prefix, delimiter, maxKeys, encodingType, page }: Listing): XmlElement[] {
  return [
    ['Name', bucket],
    ['Prefix', encodedName(prefix, encodingType)],
    ['Delimiter', delimiter === '' ? undefined : encodedName(delimiter, encodingType)],
    ['MaxKeys', maxKeys],
    ['EncodingType', encodingType],
    ['IsTruncated', page.next !== undefined],
  ];
}

function entries({ page, encodingType, owner }: Listing): (XmlElement | WrittenXml)[] {
  const ownerText = owner === undefined ? '' : writeXml([ownerElement('Owner', owner)]);
  let written = '';
  for (const object of page.objects) written += contents(object, { encodingType, ownerText });
  return [{ written }, ...commonPrefixElements(page.commonPrefixes, encodingType)];
}

/** Entity tags are hexadecimal, checksums base64: only keys can hold what has to be escaped. */
function contents(
  { key, modifiedMs, etag, checksum, sizeBytes, storageClass = 'STANDARD', restore }: ListedObject,
  { encodingType, ownerText }: { encodingType: EncodingType; ownerText: string },
): string {
  const name = escapeXml(encodedName(key, encodingType));
  const kind =
    checksum === undefined
      ? ''
      : `<ChecksumAlgorithm>${algorithmNames[checksum.algorithm]}</ChecksumAlgorithm><ChecksumType>${checksum.type}</ChecksumType>`;
  const restoreText = restore === undefined ? '' : writeXml([restoreElement(restore)]);
  return `<Contents><Key>${name}</Key><LastModified>${timestamp(modifiedMs)}</LastModified><ETag>&quot;${etag}&quot;</ETag>${kind}<Size>${sizeBytes}</Size>${ownerText}<StorageClass>${storageClass}</StorageClass>${restoreText}</Contents>`;
}
