// A source that speaks S3 on a port, and a storage that imports from it.

import { S3Client } from '@aws-sdk/client-s3';
import { type ObjectStorage, openObjectStorage } from '@cairn/object-storage';
import { silentLog } from '@cairn/telemetry';
import { cleanUpAfter, type TestContext, temporaryDirectory } from '@cairn/testing';
import { realWorld } from '@cairn/world';
import type { ImportRequest, ImportStatus } from '../../src/import/job/import-types.ts';
import { Imports } from '../../src/import/job/imports.ts';
import { credentials, region, type StartOptions, startS3Endpoint } from '../clients/s3-endpoint.ts';

export type TwoServers = {
  readonly url: string;
  /** Of the source. */
  readonly client: S3Client;
  readonly storage: ObjectStorage;
  readonly directory: string;
  readonly imports: Imports;
};

export async function startTwoServers(t: TestContext, options: StartOptions = {}): Promise<TwoServers> {
  const { url } = await startS3Endpoint(t, options);
  const client = new S3Client({ endpoint: url, region, credentials, forcePathStyle: true });
  cleanUpAfter(t, async () => client.destroy());
  const directory = await temporaryDirectory(t);
  const storage = await openObjectStorage({ directory, writers: 1 });
  cleanUpAfter(t, () => storage.close());
  const imports = await openImports(t, { storage, directory });
  return { url, client, storage, directory, imports };
}

export async function openImports(
  t: TestContext,
  { storage, directory }: { storage: ObjectStorage; directory: string },
): Promise<Imports> {
  const imports = await Imports.open({
    ...{ storage, world: realWorld(), log: silentLog, owner: 'me', resumes: true },
    ...{ path: `${directory}/imports.json`, credentials: { source: credentials } },
    ...{ followRestMs: 50, retryRestMs: 5 },
  });
  cleanUpAfter(t, () => imports.close());
  return imports;
}

export function requestOf(from: string, more: Partial<ImportRequest> = {}): ImportRequest {
  return {
    ...{ from, buckets: [], credentials: 'source', follow: false, jobs: 8, dryRun: false },
    ...more,
  };
}

/** Waits until `holds` does, or the import ends. */
export async function settled(
  imports: Imports,
  id: string,
  holds: (status: ImportStatus) => boolean = () => false,
): Promise<ImportStatus> {
  const { clock } = realWorld();
  for (;;) {
    const status = imports.list().find((each) => each.id === id)!;
    if (holds(status) || (status.state !== 'running' && status.state !== 'following')) return status;
    await clock.sleep(10);
  }
}

export async function runImport(imports: Imports, request: ImportRequest): Promise<ImportStatus> {
  return settled(imports, imports.start(request).id);
}
