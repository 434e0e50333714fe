// Between the rows of the metadata store and what the core shows.

import type { ObjectRow } from '../metadata/objects.ts';
import type { ObjectAttributes, ObjectInfo, StoredChecksum } from './object-storage.ts';

export function infoOf(bucket: string, row: ObjectRow): ObjectInfo {
  const { headers, userMetadata } = JSON.parse(row.attributes) as ObjectAttributes;
  return {
    bucket,
    key: row.key,
    headers,
    userMetadata,
    sizeBytes: row.size,
    etag: row.etag,
    modifiedMs: row.modified_ms,
    checksum: checksumFrom(row.checksum),
    partCount: row.part_count ?? undefined,
  };
}

export function attributesText({ headers, userMetadata }: ObjectAttributes): string {
  return JSON.stringify({ headers, userMetadata });
}

export function checksumFrom(text: string | null): StoredChecksum | undefined {
  return text === null ? undefined : (JSON.parse(text) as StoredChecksum);
}

export function checksumText(checksum: StoredChecksum | undefined): string | null {
  return checksum === undefined ? null : JSON.stringify(checksum);
}
