// The answers of ListObjects and ListObjectsV2.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html and API_ListObjectsV2.html

import type { ListedObject, ListObjectsPage } from '../../core/object-storage.ts';
import {
  commonPrefixElements,
  type EncodingType,
  encodedName,
  ownerElement,
  quoted,
  timestamp,
} from './elements.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

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

function entries({ page, encodingType, owner }: Listing): XmlElement[] {
  return [
    ...page.objects.map((object): XmlElement => ['Contents', contents(object, encodingType, owner)]),
    ...commonPrefixElements(page.commonPrefixes, encodingType),
  ];
}

function contents(object: ListedObject, encodingType: EncodingType, owner: string | undefined): XmlElement[] {
  const { checksum } = object;
  return [
    ['Key', encodedName(object.key, encodingType)],
    ['LastModified', timestamp(object.modifiedMs)],
    ['ETag', quoted(object.etag)],
    ['ChecksumAlgorithm', checksum?.algorithm.toUpperCase()],
    ['ChecksumType', checksum?.type],
    ['Size', object.sizeBytes],
    ownerElement('Owner', owner),
    ['StorageClass', 'STANDARD'],
  ];
}
