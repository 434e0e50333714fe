// A storage that replicates to a second one, over HTTP, for tests.

import type { TestContext } from 'node:test';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { type ConfigurationDocuments, openObjectStorage, s3Destination } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { credentials, region, type StartOptions, startS3Endpoint } from '../clients/s3-endpoint.ts';
import { replication } from './replicating.ts';

export const Bucket = 'copies';
export const target = 'arn:cairn:replication:::away';

type Options = StartOptions & {
  readonly bytesPerSecond?: number;
  /** The source has object lock, and the other bucket is made by the test. */
  readonly locks?: boolean;
};

/** A bucket `source` here that is replicated to the bucket `copies` of a second storage, behind its S3 endpoint. */
export async function replicating(t: TestContext, options: Options = {}) {
  const { bytesPerSecond, locks = false, ...endpointOptions } = options;
  const endpoint = await startS3Endpoint(t, endpointOptions);
  const there = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
  t.after(() => there.destroy());
  if (!locks) {
    await there.send(new CreateBucketCommand({ Bucket }));
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await there.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  const url = `${endpoint.url}/${Bucket}/from here`;
  const directory = await temporaryDirectory(t);
  const storageOptions = () => ({
    ...{ directory, writers: 1, settings: { reserveBytes: 0 } },
    replication: {
      destinations: { [target]: s3Destination({ url, credentials: { ...credentials, region } }) },
      bytesPerSecond,
    },
  });
  const open = () => openObjectStorage(storageOptions());
  const storage = await open();
  t.after(() => storage.close());
  const documents: ConfigurationDocuments = locks ? { 'object-lock': '{}' } : {};
  await storage.createBucket({ bucket: 'source', owner: 'me', documents });
  await storage.setBucketVersioning({ bucket: 'source', versioning: 'enabled' });
  const rule = { destination: target, existingObjects: true };
  await storage.configureBucket({ bucket: 'source', documents: replication([rule]) });
  return { storage, there, open, endpoint, directory, options: storageOptions };
}
