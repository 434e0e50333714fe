// Lifecycle rules by the aws command line and boto3, of every version that is installed.

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
  test(`boto3 of ${python} puts rules and gets them back, and is told what they mean for an object`, {
    skip: pythons.length === 0 && 'python3-boto3 is not installed',
  }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const program = clientProgram(python, { environment: awsEnvironment() });
    await program.run(join(import.meta.dirname, 'boto3-lifecycle.py'), endpoint.url);
  });
}

const programs = firstProgram('aws');
for (const program of programs.length === 0 ? ['aws'] : programs) {
  test(`${program} puts rules and gets them back`, {
    skip: programs.length === 0 && 'aws is not installed',
  }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const aws = awsProgram(program, {
      leading: ['--endpoint-url', endpoint.url],
      environment: awsEnvironment(),
    });
    await aws.run('s3', 'mb', 's3://aging');
    const bucket = ['--bucket', 'aging'];
    const Rules = [
      {
        ...{ Expiration: { Days: 30 }, ID: 'logs' },
        ...{ Filter: { Prefix: 'logs/' }, Status: 'Enabled' },
        NoncurrentVersionExpiration: { NoncurrentDays: 7 },
      },
    ];
    const configuration = ['--lifecycle-configuration', JSON.stringify({ Rules })];
    await aws.run('s3api', 'put-bucket-lifecycle-configuration', ...bucket, ...configuration);
    const get = () => aws.run('s3api', 'get-bucket-lifecycle-configuration', ...bucket);
    assert.deepEqual(JSON.parse(await get()).Rules, Rules);
    await aws.run('s3api', 'delete-bucket-lifecycle', ...bucket);
    await assert.rejects(get(), /NoSuchLifecycleConfiguration/);
  });
}
