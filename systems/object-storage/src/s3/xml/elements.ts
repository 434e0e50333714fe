// Elements that several answers share.

import type { StoredChecksum } from '../../core/object-storage.ts';
import { percentEncodePath } from '../target/percent-encoding.ts';
import type { XmlElement } from './xml-writer.ts';

/** `encoding-type=url`: names are percent-encoded, so that XML can hold every one. */
export type EncodingType = 'url' | undefined;

export function encodedName(name: string, encodingType: EncodingType): string {
  return encodingType === 'url' ? percentEncodePath(name) : name;
}

export function timestamp(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/** An entity tag as it is shown, in quotes. */
export function quoted(etag: string): string {
  return `"${etag}"`;
}

export function ownerElement(name: 'Owner' | 'Initiator', owner: string | undefined): XmlElement {
  const content: XmlElement[] | undefined = owner === undefined ? undefined : ownerElements(owner);
  return [name, content];
}

export function ownerElements(owner: string): XmlElement[] {
  return [
    ['ID', owner],
    ['DisplayName', owner],
  ];
}

/** `<ChecksumCRC32C>`, and its type when that is said. */
export function checksumElements(checksum: StoredChecksum | undefined): XmlElement[] {
  if (checksum === undefined) return [];
  return [[`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value]];
}

export function commonPrefixElements(prefixes: readonly string[], encodingType: EncodingType): XmlElement[] {
  return prefixes.map((prefix) => ['CommonPrefixes', [['Prefix', encodedName(prefix, encodingType)]]]);
}
