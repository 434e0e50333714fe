// Between the rows of the metadata store and what the core shows.

import { checksumFrom, storageClassFrom } from '../metadata/checksum-text.ts';
import type { FoundObject } from '../metadata/current-object.ts';
import type { NewObject, StoredObject } from '../metadata/objects.ts';
import { shownVersionId } from '../metadata/version-order.ts';
import type { CreateUploadRequest, ObjectAttributes, ObjectInfo } from './object-storage.ts';

export function infoOf(bucket: string, row: FoundObject): ObjectInfo {
  const { version, null_version, bucket_versioning: versioning } = row;
  return storedInfo(bucket, {
    object: row,
    attributes: attributesFrom(row.attributes),
    stored: { version, null_version, versioning },
  });
}

/** Of an object that was stored just now, whose row need not be read. */
export function storedInfo(
  bucket: string,
  { object, attributes, stored }: { object: NewObject; attributes: ObjectAttributes; stored: StoredObject },
): ObjectInfo {
  return {
    bucket,
    key: object.key,
    headers: attributes.headers,
    userMetadata: attributes.userMetadata,
    access: attributes.access,
    tags: attributes.tags,
    storageClass: storageClassFrom(object.checksum),
    encryption: attributes.encryption,
    lock: attributes.lock,
    imported: attributes.imported,
    replication: attributes.replication,
    sizeBytes: object.size,
    etag: object.etag,
    modifiedMs: object.modified_ms,
    checksum: checksumFrom(object.checksum),
    partCount: object.part_count ?? undefined,
    versionId: stored.versioning === null ? undefined : shownVersionId(stored),
    part: undefined,
  };
}

/** Without the storage class, which listings show and so stands with the checksum. */
export function attributesText(attributes: ObjectAttributes): string {
  const { headers, userMetadata, access, tags, encryption, lock, imported, replication } = attributes;
  return JSON.stringify({ headers, userMetadata, access, tags, encryption, lock, imported, replication });
}

/** Of an upload, whose object has no row yet: the storage class is with the others, and what its caller keeps with it. */
export function uploadAttributesText(
  { storageClass, ...attributes }: ObjectAttributes,
  asked: CreateUploadRequest['asked'],
): string {
  if (storageClass === undefined && asked === undefined) return attributesText(attributes);
  const { headers, userMetadata, access, tags, encryption, lock, imported, replication } = attributes;
  return JSON.stringify({
    headers,
    userMetadata,
    access,
    tags,
    encryption,
    lock,
    imported,
    replication,
    storageClass,
    asked,
  });
}

export function askedFrom(uploadAttributes: string): CreateUploadRequest['asked'] {
  return (JSON.parse(uploadAttributes) as Pick<CreateUploadRequest, 'asked'>).asked;
}

/** Most objects of a store have one of a few attributes: a media type and nothing else. */
const knownAttributes = new Map<string, ObjectAttributes>();
const knownAttributesMax = 256;
const knownTextLengthMax = 128;

export function attributesFrom(text: string): ObjectAttributes {
  const known = knownAttributes.get(text);
  if (known !== undefined) return known;
  const attributes = JSON.parse(text) as ObjectAttributes;
  if (text.length > knownTextLengthMax || !text.endsWith(withoutUserMetadata)) return attributes;
  if (knownAttributes.size >= knownAttributesMax) knownAttributes.clear();
  knownAttributes.set(text, attributes);
  return attributes;
}

const withoutUserMetadata = '"userMetadata":{}}';
