// The process that is killed while it writes and replicates: to a bucket beside the source, and to an S3 server. Says what
// was acknowledged, `put KEY VERSION`.
//
//   node replicator.ts DIRECTORY URL

import { type ObjectStorage, objectBody, openObjectStorage, s3Destination } from '@cairn/object-storage';
import { credentials, region } from '../clients/s3-endpoint.ts';
import { replication } from '../replication/replicating.ts';

const [directory, url] = process.argv.slice(2) as [string, string];
const away = 'arn:cairn:replication:::away';
const storage = await openObjectStorage({
  directory,
  settings: { reserveBytes: 0 },
  replication: { destinations: { [away]: s3Destination({ url, credentials: { ...credentials, region } }) } },
});
const rules = [{ destination: 'arn:aws:s3:::copies' }, { destination: away }];
for (const bucket of ['copies', 'source']) {
  await storage.createBucket({ bucket, owner: 'me' }).catch(() => {});
  await storage.setBucketVersioning({ bucket, versioning: 'enabled' });
}
if ((await storage.bucketConfiguration({ bucket: 'source' })).documents.replication === undefined)
  await storage.configureBucket({ bucket: 'source', documents: replication(rules) });
await Promise.all(['a', 'b', 'c', 'd'].map((key) => client(storage, key)));

async function client(storage: ObjectStorage, key: string): Promise<never> {
  for (let number = 0; ; number++) {
    const name = { bucket: 'source', key };
    const attributes = { headers: {}, userMetadata: {} };
    const body = objectBody(Buffer.from(`${process.pid} ${key} ${number}`));
    const { versionId } = await storage.putObject({ ...name, attributes, body });
    process.stdout.write(`put ${key} ${versionId}\n`);
    // The worker is to have something to do while others write.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
