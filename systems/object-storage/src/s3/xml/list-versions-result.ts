// ListObjectVersions' answer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html

import type { ListedVersion, ListVersionsPage } from '../../core/object-storage.ts';
import {
  commonPrefixElements,
  type EncodingType,
  encodedName,
  ownerElement,
  quoted,
  restoreElement,
  timestamp,
} from './elements.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

export type ListVersionsResult = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly keyMarker: string;
  readonly versionIdMarker: string;
  readonly maxKeys: number;
  readonly encodingType: EncodingType;
  readonly owner: string;
  readonly page: ListVersionsPage;
};

export function listVersionsResult(result: ListVersionsResult): string {
  const { encodingType, delimiter, owner, page } = result;
  const encoded = (name: string) => encodedName(name, encodingType);
  const { next } = page;
  return xmlDocument('ListVersionsResult', [
    ['Name', result.bucket],
    ['Prefix', encoded(result.prefix)],
    ['KeyMarker', encoded(result.keyMarker)],
    ['VersionIdMarker', result.versionIdMarker],
    ['NextKeyMarker', next === undefined ? undefined : encoded(next.key)],
    // The page ended with a common prefix: its key says it all.
    ['NextVersionIdMarker', next === undefined || next.version === '' ? undefined : next.version],
    ['MaxKeys', result.maxKeys],
    ['Delimiter', delimiter === '' ? undefined : encoded(delimiter)],
    ['EncodingType', encodingType],
    ['IsTruncated', next !== undefined],
    ...page.versions.map((version): XmlElement => versionElement(version, { encodingType, owner })),
    ...commonPrefixElements(page.commonPrefixes, encodingType),
  ]);
}

function versionElement(
  version: ListedVersion,
  { encodingType, owner }: { encodingType: EncodingType; owner: string },
): XmlElement {
  const common: XmlElement[] = [
    ['Key', encodedName(version.key, encodingType)],
    ['VersionId', version.versionId],
    ['IsLatest', version.latest],
    ['LastModified', timestamp(version.modifiedMs)],
  ];
  if (version.deleteMarker) return ['DeleteMarker', [...common, ownerElement('Owner', owner)]];
  return [
    'Version',
    [
      ...common,
      ['ETag', quoted(version.etag)],
      ['ChecksumAlgorithm', version.checksum?.algorithm.toUpperCase()],
      ['ChecksumType', version.checksum?.type],
      ['Size', version.sizeBytes],
      ['StorageClass', version.storageClass ?? 'STANDARD'],
      ownerElement('Owner', owner),
      restoreElement(version.restore),
    ],
  ];
}
