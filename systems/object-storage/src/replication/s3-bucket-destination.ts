// Replication to a bucket of any S3 server. What it stores gets ids of its own there, in the order in which it comes, and
// says in its metadata (`x-amz-meta-cairn-replica-of`) which version it is a replica of: that tells after a crash whether a
// version is there already, and that no older version may be put in front of a newer one.
//
//   what is current there       | an object is to be put     | a delete marker is to be put
//   a replica of this version   | is there, if it is alike   |
//   a replica of a newer one    | refused: it would hide it  | is there, behind it
//   anything else               | is put                     | is deleted
//   nothing, a delete marker    | is put                     | is there: what is deleted cannot be told from what never was

import type { S3Client } from '@aws-sdk/client-s3';
import { openS3Client } from '@cairn/engines';
import type { Readable } from '../core/object-content.ts';
import type { ByteRange } from '../core/object-storage.ts';
import { putBytesMax } from '../limits.ts';
import { isOfUploadedParts } from './appended-object.ts';
import { readS3Replica } from './read-s3-replica.ts';
import {
  type DestinationId,
  type ObjectToReplicate,
  type ReplicaToRead,
  type ReplicationDestination,
  ReplicationRefused,
  type VersionToReplicate,
} from './replication-destination.ts';
import type { S3DestinationOptions } from './s3-destination.ts';
import { replicaOf } from './s3-replica-headers.ts';
import { differenceOf, expectedAt, type ReplicaPlace, S3Replicas, type Tagged } from './s3-replicas.ts';
import { sdk, withHeaders } from './s3-sdk.ts';

type Opened = { readonly client: S3Client; readonly bucket: string; readonly keyPrefix: string };

/** The client is opened when it is first needed. */
export class S3BucketDestination implements ReplicationDestination {
  readonly #options: S3DestinationOptions;
  #opened: Promise<Opened> | undefined;
  #locks = false;

  constructor(options: S3DestinationOptions) {
    this.#options = options;
  }

  /** It may not be reachable now. What is wrong with it is seen when versions wait. */
  async objection(): Promise<undefined> {}

  async replicate(version: VersionToReplicate, { signal }: { signal: AbortSignal }): Promise<DestinationId> {
    const { client, bucket, keyPrefix } = await this.#open();
    const place = { Bucket: bucket, Key: keyPrefix + version.key };
    const { nowMs } = version;
    const replicas = new S3Replicas(client, { signal });
    try {
      const locks =
        version.object?.info.lock !== undefined && (await this.#hasLocks(client, { bucket, signal }));
      const brought = { ...version, object: version.object && lockedAs(version.object, { locks, nowMs }) };
      return await this.#bring(brought, { client, place, replicas, signal });
    } catch (error) {
      throw refusedForGood(error) ?? error;
    }
  }

  async abandon({ key, progress }: { key: string; progress: string }): Promise<void> {
    const { client, bucket, keyPrefix } = await this.#open();
    const { AbortMultipartUploadCommand } = await sdk();
    const upload = { Bucket: bucket, Key: keyPrefix + key, UploadId: progress };
    await client.send(new AbortMultipartUploadCommand(upload));
  }

  async read(
    replica: ReplicaToRead,
    { range, signal }: { range: ByteRange; signal: AbortSignal },
  ): Promise<Readable> {
    const { client, bucket, keyPrefix } = await this.#open();
    const place = { Bucket: bucket, Key: keyPrefix + replica.key };
    return readS3Replica(client, { place, replica, range, signal });
  }

  close(): void {
    void this.#opened?.then(
      ({ client }) => client.destroy(),
      () => {},
    );
  }

  async #bring(
    version: VersionToReplicate,
    there: { client: S3Client; place: ReplicaPlace; replicas: S3Replicas; signal: AbortSignal },
  ): Promise<DestinationId> {
    const { place, replicas } = there;
    const { object, state } = version;
    if (object !== undefined && state?.versionId !== undefined) {
      await replicas.change({ ...place, VersionId: state.versionId }, object.info, version);
      return state;
    }
    const current = await currentAt(there);
    if (object === undefined) {
      const isBehind = current === undefined || (current.replicaOf ?? '~~') < version.version;
      return isBehind ? {} : replicas.delete(place, version);
    }
    if (current?.replicaOf === version.version) {
      // What was answered when it was put may have been lost, or was why it is looked at again.
      const different = differenceOf(current, await expectedAt(current, object));
      if (different !== undefined) throw new ReplicationRefused(different);
      await replicas.change({ ...place, VersionId: current.versionId }, object.info, version);
      return { versionId: current.versionId };
    }
    if (current?.replicaOf !== undefined && current.replicaOf < version.version)
      throw new ReplicationRefused('A newer version is there already, and would be hidden by this one.');
    if (object.info.partCount === undefined) return replicas.put(place, { version, object });
    if (await isOfUploadedParts(object)) return replicas.putParts(place, { version, object });
    if (object.info.sizeBytes > putBytesMax) throw new ReplicationRefused(tooLargeForOnePiece);
    return replicas.putWhole(place, { version, object });
  }

  #open(): Promise<Opened> {
    const opening = this.#opened ?? opened(this.#options);
    this.#opened = opening;
    // What failed is tried again by who comes next.
    opening.catch(() => {
      if (this.#opened === opening) this.#opened = undefined;
    });
    return opening;
  }

  /**
   * Only a bucket with object lock takes locked versions. Whoever does not say whether it has is asked again: a replica
   * without the lock of its source could be deleted.
   */
  async #hasLocks(
    client: S3Client,
    { bucket: Bucket, signal }: { bucket: string; signal: AbortSignal },
  ): Promise<boolean> {
    if (this.#locks) return true;
    const { GetObjectLockConfigurationCommand } = await sdk();
    const command = new GetObjectLockConfigurationCommand({ Bucket });
    const found = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      if (saysNoLocks(error)) return undefined;
      throw error;
    });
    this.#locks = found?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled';
    return this.#locks;
  }
}

const tooLargeForOnePiece =
  'It grew by appends, so no server takes its parts, and it is larger than what is put in one piece.';

function saysNoLocks(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    ['ObjectLockConfigurationNotFoundError', 'NotImplemented', 'InvalidBucketState'].includes(error.name) ||
    [405, 501].includes(statusOf(error) ?? 0)
  );
}

/** No server takes a retention that is over, which locks nothing. */
function lockedAs(
  { info, ...object }: ObjectToReplicate,
  { locks, nowMs }: { locks: boolean; nowMs: number },
): ObjectToReplicate {
  const { retention, legalHold } = info.lock ?? {};
  const holds = retention !== undefined && retention.untilMs > nowMs;
  const lock = { legalHold, ...(holds && { retention }) };
  return { ...object, info: { ...info, lock: locks ? lock : undefined } };
}

async function opened(options: S3DestinationOptions): Promise<Opened> {
  // A put that was stored, and whose answer was lost, would be stored twice: who tries again has to look first.
  const { client, place } = await openS3Client({ ...options, attempts: 1 });
  await withHeaders(client);
  return { client, bucket: place.bucket, keyPrefix: place.keyPrefix };
}

type CurrentReplica = Tagged & {
  readonly versionId: string | undefined;
  readonly replicaOf: string | undefined;
};

/** What has the key there; undefined for nothing, and for a delete marker. */
async function currentAt({
  client,
  place,
  signal,
}: {
  client: S3Client;
  place: ReplicaPlace;
  signal: AbortSignal;
}): Promise<CurrentReplica | undefined> {
  const { HeadObjectCommand } = await sdk();
  try {
    const found = await client.send(new HeadObjectCommand(place), { abortSignal: signal });
    const { ETag, ContentLength, ServerSideEncryption } = found;
    const tagged = { ETag, ContentLength, ServerSideEncryption };
    return { ...tagged, versionId: found.VersionId, replicaOf: replicaOf(found.Metadata ?? {}) };
  } catch (error) {
    const status = statusOf(error);
    // An answer to HEAD has no body to say what is wrong: whatever it is, the put hears of it too.
    if (status === 404 || status === 400) return undefined;
    throw error;
  }
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

/** What another try cannot change: the version is not one that the server takes. */
const hopeless: ReadonlySet<string> = new Set([
  ...['KeyTooLongError', 'EntityTooLarge', 'EntityTooSmall', 'MetadataTooLarge'],
  ...['InvalidTag', 'InvalidStorageClass', 'InvalidURI', 'XMinioInvalidObjectName'],
  // The replica was deleted there, and is not to be changed.
  ...['NoSuchVersion', 'NoSuchKey'],
]);

function refusedForGood(error: unknown): ReplicationRefused | undefined {
  if (!(error instanceof Error) || !hopeless.has(error.name)) return undefined;
  return new ReplicationRefused(error.message, { cause: error });
}
