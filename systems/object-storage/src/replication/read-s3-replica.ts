// The bytes of a version at another S3 server, for who has lost them here.

import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import type { Readable } from '../core/object-content.ts';
import type { ByteRange } from '../core/object-storage.ts';
import { ReplicaMissing, type ReplicaToRead } from './replication-destination.ts';
import { differenceOf, type ReplicaPlace } from './s3-replicas.ts';
import { sdk } from './s3-sdk.ts';

type Reading = {
  readonly place: ReplicaPlace;
  readonly replica: ReplicaToRead;
  readonly range: ByteRange;
  readonly signal: AbortSignal;
};

/** Throws ReplicaMissing, and whatever the client throws. */
export async function readS3Replica(
  client: S3Client,
  { place, replica, range: { start, length }, signal }: Reading,
): Promise<Readable> {
  const { GetObjectCommand } = await sdk();
  const { versionId: VersionId, sizeBytes } = replica;
  // No server has a range of no bytes; of all bytes none is asked for.
  const part = length > 0 && length < sizeBytes;
  const Range = part ? `bytes=${start}-${start + length - 1}` : undefined;
  const found = await client
    .send(new GetObjectCommand({ ...place, VersionId, Range }), { abortSignal: signal })
    .catch(explained);
  const body = found.Body as AsyncIterable<Uint8Array> & { destroy(): void };
  const different = differenceOf({ ...found, ContentLength: sizeOf(found) }, replica);
  if (different === undefined) {
    return { sizeBytes: length, whole: undefined, chunks: () => body, close: () => body.destroy() };
  }
  body.destroy();
  throw new ReplicaMissing(different);
}

/** Of the whole object. A server that gives all of it where a part was asked for gives too many bytes, which is noticed. */
function sizeOf({ ContentRange, ContentLength }: GetObjectCommandOutput): number | undefined {
  const total = /\/(\d+)$/.exec(ContentRange ?? '')?.[1];
  return total === undefined ? ContentLength : Number(total);
}

const gone: ReadonlySet<string> = new Set([
  ...['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'MethodNotAllowed'],
  // Archived there, or shorter than what is asked for.
  ...['InvalidObjectState', 'InvalidRange'],
]);

function explained(error: unknown): never {
  if (!(error instanceof Error) || !gone.has(error.name)) throw error;
  throw new ReplicaMissing(`the destination says ${error.name}: ${error.message}`, { cause: error });
}
