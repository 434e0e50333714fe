// Replication by the aws command line and boto3, of every version that is installed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { awsProgram } from '../clients/aws-program.ts';
import { awsEnvironment, clientProgram, everyProgram, firstProgram } from '../clients/client-program.ts';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';

const pythons = everyProgram('python3').filter(
  (python) => spawnSync(python, ['-c', 'import boto3']).status === 0,
);
for (const python of pythons.length === 0 ? ['python3'] : pythons) {
  test(`boto3 of ${python} configures replication, and it happens`, {
    skip: pythons.length === 0 && 'python3-boto3 is not installed',
  }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const program = clientProgram(python, { environment: awsEnvironment() });
    await program.run(join(import.meta.dirname, 'boto3-replication.py'), endpoint.url);
  });
}

const programs = firstProgram('aws');
for (const program of programs.length === 0 ? ['aws'] : programs) {
  test(`${program} configures replication, and it happens`, {
    skip: programs.length === 0 && 'aws is not installed',
  }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const aws = awsProgram(program, {
      leading: ['--endpoint-url', endpoint.url],
      environment: awsEnvironment(),
    });
    for (const bucket of ['source', 'copies']) {
      await aws.run('s3', 'mb', `s3://${bucket}`);
      const enabled = ['--versioning-configuration', 'Status=Enabled'];
      await aws.run('s3api', 'put-bucket-versioning', '--bucket', bucket, ...enabled);
    }
    const rule = {
      ...{ ID: 'all', Priority: 1, Filter: { Prefix: 'a' }, Status: 'Enabled' },
      Destination: { Bucket: 'arn:aws:s3:::copies' },
      DeleteMarkerReplication: { Status: 'Disabled' },
    };
    const configuration = JSON.stringify({ Role: 'arn:aws:iam::000000000000:role/r', Rules: [rule] });
    const source = ['--bucket', 'source'];
    await aws.run('s3api', 'put-bucket-replication', ...source, '--replication-configuration', configuration);
    const got = await aws.run('s3api', 'get-bucket-replication', ...source);
    assert.deepEqual(JSON.parse(got), { ReplicationConfiguration: JSON.parse(configuration) });
    await aws.run('s3', 'cp', import.meta.filename, 's3://source/a');
    await aws.run('s3', 'cp', import.meta.filename, 's3://source/b');
    const head = () => aws.run('s3api', 'head-object', ...source, '--key', 'a');
    while (JSON.parse(await head()).ReplicationStatus !== 'COMPLETED');
    assert.match(await aws.run('s3', 'ls', 's3://copies'), / a\n$/);
    await aws.run('s3api', 'delete-bucket-replication', ...source);
  });
}
