// What tests of replication share: configurations, waiting until nothing waits, what a bucket holds.

import type { ConfigurationDocuments, ObjectStorage } from '@cairn/object-storage';
import type { ReplicationRule } from '../../src/replication/replication-rules.ts';

export const arnOf = (bucket: string) => `arn:aws:s3:::${bucket}`;

/** The document of rules that cover everything, delete markers too, unless they say otherwise. */
export function replication(
  rules: readonly (Partial<ReplicationRule> & { destination: string })[],
): ConfigurationDocuments {
  const all = rules.map((rule, index) => ({
    ...{ id: `rule ${index}`, enabled: true, priority: index, filter: {}, form: 'filter' },
    ...{ deleteMarkers: true, existingObjects: false },
    ...rule,
  }));
  return { replication: JSON.stringify({ role: 'arn:aws:iam::000000000000:role/r', rules: all }) };
}

/** Until nothing waits for a destination any more. */
export async function settled(storage: ObjectStorage): Promise<void> {
  while ((await storage.stats()).replication.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export type HeldVersion = {
  readonly key: string;
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly latest: boolean;
  readonly etag: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
};

/** All versions and delete markers of a bucket, in the order of its listing. */
export async function historyOf(storage: ObjectStorage, bucket: string): Promise<readonly HeldVersion[]> {
  const page = { bucket, prefix: '', delimiter: '', limit: 1_000 };
  const { versions, next } = await storage.listVersions({ ...page, afterKey: '', afterVersion: '' });
  if (next !== undefined) throw new Error('too many versions for one page');
  return versions.map(({ key, versionId, deleteMarker, latest, etag, sizeBytes, modifiedMs }) => ({
    ...{ key, versionId, deleteMarker, latest, etag, sizeBytes, modifiedMs },
  }));
}
