// Elements that several answers share.

import type { RestoreState, StoredChecksum } from '../../core/object-storage.ts';
import { displayNameOf } from '../access/owners.ts';
import { percentEncodePath } from '../target/percent-encoding.ts';
import type { XmlElement } from './xml-writer.ts';

/** `encoding-type=url`: names are percent-encoded, so that XML can hold every one. */
export type EncodingType = 'url' | undefined;

export function encodedName(name: string, encodingType: EncodingType): string {
  return encodingType === 'url' ? percentEncodePath(name) : name;
}

/** ISO 8601, as `toISOString` makes it. The text of a day is kept, because a page has a thousand of these. */
export function timestamp(timeMs: number): string {
  const day = Math.floor(timeMs / dayMs);
  const inDay = Math.floor(timeMs - day * dayMs);
  const second = Math.floor(inDay / 1_000);
  const hours = digits[Math.floor(second / 3_600)]!.slice(1);
  const minutes = digits[Math.floor(second / 60) % 60]!.slice(1);
  return `${dayText(day)}T${hours}:${minutes}:${digits[second % 60]!.slice(1)}.${digits[inDay % 1_000]}Z`;
}

const dayMs = 86_400_000;
const digits = Array.from({ length: 1_000 }, (_, value) => String(value).padStart(3, '0'));
const dayTexts = new Map<number, string>();
const dayTextsMax = 1_000;

function dayText(day: number): string {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  const [text = ''] = new Date(day * dayMs).toISOString().split('T');
  if (dayTexts.size >= dayTextsMax) dayTexts.clear();
  dayTexts.set(day, text);
  return text;
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
    ['DisplayName', displayNameOf(owner)],
  ];
}

/** Of an archived object. */
export function restoreElement(restore: RestoreState | undefined): XmlElement {
  return [
    'RestoreStatus',
    restore && [
      ['IsRestoreInProgress', restore.ongoing],
      ['RestoreExpiryDate', restore.ongoing ? undefined : timestamp(restore.untilMs)],
    ],
  ];
}

/** `<ChecksumCRC32C>`, and its type when that is said. */
export function checksumElements(checksum: StoredChecksum | undefined): XmlElement[] {
  if (checksum === undefined) return [];
  return [[`Checksum${algorithmNames[checksum.algorithm]}`, checksum.value]];
}

export function commonPrefixElements(prefixes: readonly string[], encodingType: EncodingType): XmlElement[] {
  return prefixes.map((prefix) => ['CommonPrefixes', [['Prefix', encodedName(prefix, encodingType)]]]);
}

/** As Amazon writes them. */
export const algorithmNames = {
  crc32: 'CRC32',
  crc32c: 'CRC32C',
  crc64nvme: 'CRC64NVME',
  sha1: 'SHA1',
  sha256: 'SHA256',
  sha512: 'SHA512',
  md5: 'MD5',
  xxhash64: 'XXHASH64',
  xxhash3: 'XXHASH3',
  xxhash128: 'XXHASH128',
} as const satisfies Record<StoredChecksum['algorithm'], string>;
