// GetObjectAttributes' answer. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html

import type { ObjectInfo, PartInfo } from '../../core/object-storage.ts';
import { checksumElements } from './elements.ts';
import { type XmlElement, xmlDocument } from './xml-writer.ts';

const attributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const;
export type ObjectAttribute = (typeof attributes)[number];

export function isObjectAttribute(name: string): name is ObjectAttribute {
  return attributes.some((known) => known === name);
}

/** A page of the parts. */
export type ShownParts = {
  readonly parts: readonly PartInfo[];
  readonly next: number | undefined;
  readonly maxParts: number;
  readonly partNumberMarker: number;
};

export type ObjectAttributesResult = {
  readonly info: ObjectInfo;
  /** Undefined for an object that was not made from parts. */
  readonly parts: ShownParts | undefined;
  readonly wanted: ReadonlySet<ObjectAttribute>;
};

/** The entity tag has no quotes here, as Amazon's. */
export function objectAttributesResult({ info, parts, wanted }: ObjectAttributesResult): string {
  const content: Readonly<Record<ObjectAttribute, XmlElement[1]>> = {
    ETag: info.etag,
    Checksum: info.checksum && [...checksumElements(info.checksum), ['ChecksumType', info.checksum.type]],
    ObjectParts: parts && partsElements(parts, info.partCount ?? 0),
    StorageClass: info.storageClass ?? 'STANDARD',
    ObjectSize: info.sizeBytes,
  };
  const elements = attributes
    .filter((name) => wanted.has(name))
    .map((name): XmlElement => [name, content[name]]);
  return xmlDocument('GetObjectAttributesResponse', elements);
}

function partsElements({ parts, next, maxParts, partNumberMarker }: ShownParts, count: number): XmlElement[] {
  return [
    ['PartsCount', count],
    ['PartNumberMarker', partNumberMarker],
    ['NextPartNumberMarker', next],
    ['MaxParts', maxParts],
    ['IsTruncated', next !== undefined],
    ...parts.map((part): XmlElement => ['Part', partElements(part)]),
  ];
}

function partElements({ partNumber, sizeBytes, checksum }: PartInfo): XmlElement[] {
  return [['PartNumber', partNumber], ['Size', sizeBytes], ...checksumElements(checksum)];
}
