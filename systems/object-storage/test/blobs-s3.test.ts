// The blobs port's S3 engine against Cairn's own endpoint: the whole conformance suite, nothing switched off.

import { after } from 'node:test';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { blobsConformance, openBlobs } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import { credentials, region, startS3Endpoint } from './clients/s3-endpoint.ts';

const endpoint = await startS3Endpoint({ after });
const client = new S3Client({ endpoint: endpoint.url, region, credentials, forcePathStyle: true });
after(() => client.destroy());
let buckets = 0;

await blobsConformance({
  name: 'S3 engine on Cairn',
  open: async () => {
    const bucket = `blobs-${++buckets}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return openBlobs({ url: `${endpoint.url}/${bucket}/prefix`, world: realWorld(), credentials });
  },
});
