// GetBucketReplication, PutBucketReplication, DeleteBucketReplication.

import type { ObjectStorage } from '../../core/object-storage.ts';
import { ObjectStorageError } from '../../errors.ts';
import {
  localBucketOf,
  type ReplicationConfiguration,
  type ReplicationRule,
  replicationDocument,
} from '../../replication/replication-rules.ts';
import { documentOf, documentText } from '../access/documents.ts';
import { readWholeBody } from '../body/whole-body.ts';
import { replicationXmlBytesMax } from '../limits.ts';
import { parseReplicationConfiguration, replicationConfiguration } from '../xml/replication-configuration.ts';
import { done, type Handler, noContent, type S3Request, xmlResponse } from './handler.ts';

export const getBucketReplication: Handler = async ({ bucket }, { storage }) => {
  const known = documentOf(await storage.bucketConfiguration({ bucket }), replicationDocument);
  if (known === undefined) throw new ObjectStorageError('ReplicationConfigurationNotFoundError', { bucket });
  return xmlResponse(replicationConfiguration(known));
};

export const putBucketReplication: Handler = async (request, { storage }) => {
  const { bucket } = request;
  const bytes = await readWholeBody(request.body(), { bytesMax: replicationXmlBytesMax });
  const configuration = parseReplicationConfiguration(bytes, storage.placedClasses);
  for (const rule of configuration.rules) {
    await requireRight(request, rule);
    await requireReadable(request, rule);
  }
  await requireDestinations(storage, { bucket, configuration });
  const rules = await Promise.all(configuration.rules.map((rule) => bound(storage, rule)));
  const kept = { ...configuration, rules };
  await storage.configureBucket({ bucket, documents: documentText(replicationDocument, kept) });
  return done;
};

export const deleteBucketReplication: Handler = async ({ bucket }, { storage }) => {
  await storage.configureBucket({ bucket, documents: documentText(replicationDocument, undefined) });
  return noContent;
};

/**
 * The storage itself acts, so who puts the configuration has to be let write there, as at Amazon the role has to. Credentials
 * for other servers are the operator's: whoever merely owns a bucket has no say over them.
 */
async function requireRight(
  request: S3Request,
  { destination, filter, deleteMarkers }: ReplicationRule,
): Promise<void> {
  const bucket = localBucketOf(destination);
  const actions = deleteMarkers ? ['s3:ReplicateObject', 's3:ReplicateDelete'] : ['s3:ReplicateObject'];
  const asked = actions.map((action) => {
    if (bucket === undefined) return request.ground === 'account';
    const asking = request.allows(action, { bucket, key: `${filter.prefix ?? ''}*` });
    // That there is no such bucket is said by who looks for the destination.
    return asking.catch((error: unknown) => isMissing(error) || Promise.reject(error));
  });
  if ((await Promise.all(asked)).every(Boolean)) return;
  throw new ObjectStorageError('AccessDenied', { message: mayNotReplicate });
}

/** Nor is it a way to read what one may not: the role of Amazon's replication has to be let read, too. */
async function requireReadable(request: S3Request, { filter }: ReplicationRule): Promise<void> {
  const { bucket } = request;
  const key = `${filter.prefix ?? ''}*`;
  if (await request.allows('s3:GetObjectVersionForReplication', { bucket, key })) return;
  throw new ObjectStorageError('AccessDenied', { message: mayNotRead });
}

function isMissing(error: unknown): boolean {
  return error instanceof ObjectStorageError && error.code === 'NoSuchBucket';
}

const mayNotReplicate =
  'Who puts a replication configuration has to be allowed to replicate to its destination.';

/** To the bucket that has the name now, whoever may make another of that name later. */
async function bound(storage: ObjectStorage, rule: ReplicationRule): Promise<ReplicationRule> {
  const bucket = localBucketOf(rule.destination);
  if (bucket === undefined) return rule;
  const { createdMs } = await storage.bucketConfiguration({ bucket });
  return { ...rule, destinationMadeMs: createdMs };
}

const mayNotRead =
  'Who puts a replication configuration has to be allowed s3:GetObjectVersionForReplication for what it replicates.';

/** Throws InvalidRequest. That the bucket itself has versioning is asked in the transaction. */
async function requireDestinations(
  storage: ObjectStorage,
  { bucket, configuration }: { bucket: string; configuration: ReplicationConfiguration },
): Promise<void> {
  for (const target of new Set(configuration.rules.map(({ destination }) => destination))) {
    const message = await storage.replicationObjection({ bucket, target });
    if (message !== undefined) throw new ObjectStorageError('InvalidRequest', { bucket, message });
  }
}
