// The bytes of a version in another bucket of the same storage, for who has lost them.

import { ObjectStorageError } from '../../errors.ts';
import { ReplicaMissing, type ReplicaToRead } from '../../replication/replication-destination.ts';
import type { Readable } from '../object-content.ts';
import type { ByteRange } from '../object-storage.ts';
import { getObject } from '../objects.ts';
import type { CoreParts } from '../parts.ts';

/** Throws ReplicaMissing, and what reading an object throws. */
export async function readReplica(
  parts: CoreParts,
  { bucket, key, versionId, sizeBytes, etag }: ReplicaToRead & { readonly bucket: string },
  range: ByteRange,
): Promise<Readable> {
  const select = () => range;
  const { info, content } = await getObject(parts, { bucket, key, versionId, select }).catch(explained);
  if (info.sizeBytes === sizeBytes && info.etag === etag) return content;
  content.close();
  throw new ReplicaMissing(`the bucket ${bucket} has another object under its id`);
}

const gone: ReadonlySet<string> = new Set([
  ...['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'],
  // Archived, and nobody restored it.
  'InvalidObjectState',
]);

function explained(error: unknown): never {
  if (!(error instanceof ObjectStorageError) || !gone.has(error.code)) throw error;
  throw new ReplicaMissing(error.message, { cause: error });
}
