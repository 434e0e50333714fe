// `aws-sdk-web-identity.ts URL`: Amazon's client, which finds its role and its token in the environment.

import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';

const [endpoint = ''] = process.argv.slice(2);
const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
console.log(Buckets.map(({ Name }) => Name).join());
