// `x-cairn-replica-of`: another server of this kind replicates, and its replicas are not to be replicated on, so that two
// buckets may replicate to each other. Only for who may replicate; from anybody else it means nothing.

import type { Replication } from '../../replication/replication-state.ts';
import { replicaHeader } from '../../replication/s3-replica-headers.ts';
import type { RequestAccess } from '../access/request-access.ts';

export async function replicationToWrite({
  bucket,
  key,
  access,
}: {
  readonly bucket: string;
  readonly key: string;
  readonly access: RequestAccess;
}): Promise<Replication | undefined> {
  return (await access.groundOf('s3:ReplicateObject', { bucket, key })) ? { replica: true } : undefined;
}

/** The same of a delete marker. */
export async function makesReplica({
  bucket,
  key,
  headers,
  access,
}: {
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly access: RequestAccess;
}): Promise<boolean> {
  if (headers[replicaHeader] === undefined) return false;
  return (await access.groundOf('s3:ReplicateDelete', { bucket, key })) !== undefined;
}
