// `x-cairn-replica-of`: another server of this kind replicates, and its replicas are not to be replicated on, so that two
// buckets may replicate to each other. Only for who may replicate; from anybody else it means nothing.

import type { Replication } from '../../replication/replication-state.ts';
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
