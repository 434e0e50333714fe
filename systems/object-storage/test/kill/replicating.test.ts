// kill -9 while versions are written and replicated: every acknowledged one arrives once at both destinations, in its order.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { openObjectStorage, s3Destination } from '@cairn/object-storage';
import { temporaryDirectory } from '@cairn/testing';
import { credentials, region, startS3Endpoint } from '../clients/s3-endpoint.ts';
import { historyOf, settled } from '../replication/replicating.ts';

const Bucket = 'away';
const kills = 3;
const linesPerLife = 150;

test('a process that is killed while it replicates loses nothing and doubles nothing', async (t) => {
  const directory = await temporaryDirectory(t);
  const endpoint = await startS3Endpoint(t);
  const there = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
  t.after(() => there.destroy());
  await there.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await there.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  const url = `${endpoint.url}/${Bucket}`;
  const acknowledged = new Set<string>();
  for (let kill = 0; kill < kills; kill++) await lifeOf({ directory, url, acknowledged });
  const destination = s3Destination({ url, credentials: { ...credentials, region } });
  const destinations = { 'arn:cairn:replication:::away': destination };
  const storage = await openObjectStorage({ directory, replication: { destinations } });
  t.after(() => storage.close());
  await settled(storage);
  const history = await historyOf(storage, 'source');
  const ids = new Set(history.map(({ versionId }) => versionId));
  assert(acknowledged.isSubsetOf(ids), 'an acknowledged version is gone');
  assert.deepEqual(await historyOf(storage, 'copies'), history);
  const page = await there.send(new ListObjectVersionsCommand({ Bucket }));
  assert(!page.IsTruncated);
  const arrived = (page.Versions ?? []).map(async ({ Key, VersionId, ETag }) => {
    const found = await there.send(new HeadObjectCommand({ Bucket, Key: Key!, VersionId: VersionId! }));
    return [Key, found.Metadata?.['cairn-replica-of'], ETag];
  });
  assert.deepEqual(
    await Promise.all(arrived),
    history.map(({ key, versionId, etag }) => [key, versionId, `"${etag}"`]),
  );
  assert.deepEqual(await storage.check({ deep: true }), []);
});

/** Of the writing process, until it has said so much. */
async function lifeOf(options: { directory: string; url: string; acknowledged: Set<string> }): Promise<void> {
  const script = fileURLToPath(new URL('./replicator.ts', import.meta.url));
  const parameters = [script, options.directory, options.url];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let lines = 0;
  for await (const line of createInterface(child.stdout)) {
    const [, , versionId = ''] = line.split(' ');
    options.acknowledged.add(versionId);
    if (++lines === linesPerLife) child.kill('SIGKILL');
  }
  const [, signal] = await ended;
  assert.equal(signal, 'SIGKILL', 'it ended by itself');
}
