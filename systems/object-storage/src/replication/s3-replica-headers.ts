// What a replica at another S3 server is given besides its bytes.

import type { ChecksumAlgorithm, PutObjectCommandInput } from '@aws-sdk/client-s3';
import type { ObjectInfo, ObjectTag, StoredChecksum } from '../core/object-storage.ts';
import type { VersionToReplicate } from './replication-destination.ts';
import { replicaMark } from './replication-state.ts';

/** Asks a server of this kind to keep the object as a replica, which is not replicated on. Others do not know it. */
export const replicaHeader = 'x-cairn-replica-of';

export function replicaOf(metadata: Readonly<Record<string, string>>): string | undefined {
  return metadata[replicaMark];
}

type Described = Pick<
  PutObjectCommandInput,
  | 'ContentType'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'Metadata'
  | 'Tagging'
  | 'StorageClass'
  | 'ServerSideEncryption'
  | 'ObjectLockMode'
  | 'ObjectLockRetainUntilDate'
  | 'ObjectLockLegalHoldStatus'
>;

/** `info` has a lock only where the destination takes it. */
export function described(
  info: ObjectInfo,
  { version, rule }: Pick<VersionToReplicate, 'version' | 'rule'>,
): Described {
  const { headers, userMetadata, tags, encryption, lock } = info;
  return {
    ContentType: headers['content-type'],
    CacheControl: headers['cache-control'],
    ContentDisposition: headers['content-disposition'],
    ContentEncoding: headers['content-encoding'],
    ContentLanguage: headers['content-language'],
    Metadata: { ...userMetadata, [replicaMark]: version },
    Tagging: tags && taggingText(tags),
    StorageClass: rule?.storageClass ?? info.storageClass,
    ServerSideEncryption: encryption && 'AES256',
    ObjectLockMode: lock?.retention?.mode,
    ObjectLockRetainUntilDate: lock?.retention && new Date(lock.retention.untilMs),
    ObjectLockLegalHoldStatus: lock?.legalHold === undefined ? undefined : lock.legalHold ? 'ON' : 'OFF',
  };
}

/** Those that the client's commands have no text for. */
export function rawHeaders({ headers }: ObjectInfo, { version }: VersionToReplicate): Record<string, string> {
  return { [replicaHeader]: version, ...(headers.expires !== undefined && { expires: headers.expires }) };
}

function taggingText(tags: readonly ObjectTag[]): string {
  return new URLSearchParams(tags.map(({ key, value }): [string, string] => [key, value])).toString();
}

/** Those that every server of today knows. Of the others the replica has none. */
const shared = {
  crc32: ['CRC32', 'ChecksumCRC32'],
  crc32c: ['CRC32C', 'ChecksumCRC32C'],
  crc64nvme: ['CRC64NVME', 'ChecksumCRC64NVME'],
  sha1: ['SHA1', 'ChecksumSHA1'],
  sha256: ['SHA256', 'ChecksumSHA256'],
} as const satisfies Partial<
  Record<StoredChecksum['algorithm'], readonly [ChecksumAlgorithm, keyof PutObjectCommandInput]>
>;

export function algorithmOf(checksum: StoredChecksum | undefined): ChecksumAlgorithm | undefined {
  return (
    checksum &&
    (shared as Partial<Record<string, readonly [ChecksumAlgorithm, string]>>)[checksum.algorithm]?.[0]
  );
}

/** The checksum of exactly these bytes, for the server to compare: `{ ChecksumCRC32C: ... }`. */
export function declared(checksum: StoredChecksum | undefined): Readonly<Record<string, string>> | undefined {
  if (checksum?.type !== 'FULL_OBJECT' || algorithmOf(checksum) === undefined) return undefined;
  return { [shared[checksum.algorithm as keyof typeof shared][1]]: checksum.value };
}
