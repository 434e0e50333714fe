// Notification configurations by the aws command line and boto3, of every version that is installed.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { awsProgram } from '../clients/aws-program.ts';
import { awsEnvironment, clientProgram, everyProgram, firstProgram } from '../clients/client-program.ts';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';
import { arnOf, sinkTo } from './webhook-endpoint.ts';
import { startReceiver } from './webhook-receiver.ts';

const pythons = everyProgram('python3').filter(
  (python) => spawnSync(python, ['-c', 'import boto3']).status === 0,
);
for (const python of pythons.length === 0 ? ['python3'] : pythons) {
  test(`boto3 of ${python} configures notifications, and what it does is told`, {
    skip: pythons.length === 0 && 'python3-boto3 is not installed',
  }, async (t) => {
    const hook = await startReceiver(t);
    const endpoint = await startS3Endpoint(t, { events: { sinks: [sinkTo({ hook })] } });
    const program = clientProgram(python, { environment: awsEnvironment() });
    await program.run(join(import.meta.dirname, 'boto3-notification.py'), endpoint.url, arnOf('hook'));
    await hook.took(3);
    const key = '%C3%A4%2Fa';
    assert.deepEqual(hook.taken, [
      `ObjectCreated:Put ${key}.jpg`,
      `ObjectTagging:Put ${key}.png`,
      `ObjectRemoved:Delete ${key}.jpg`,
    ]);
  });
}

const programs = firstProgram('aws');
for (const program of programs.length === 0 ? ['aws'] : programs) {
  test(`${program} configures notifications, and what it does is told`, {
    skip: programs.length === 0 && 'aws is not installed',
  }, async (t) => {
    const hook = await startReceiver(t);
    const endpoint = await startS3Endpoint(t, { events: { sinks: [sinkTo({ hook })] } });
    const aws = awsProgram(program, {
      leading: ['--endpoint-url', endpoint.url],
      environment: awsEnvironment(),
    });
    await aws.run('s3', 'mb', 's3://told');
    const LambdaFunctionConfigurations = [
      { Id: 'all', LambdaFunctionArn: arnOf('hook'), Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] },
    ];
    const configuration = JSON.stringify({ LambdaFunctionConfigurations });
    const bucket = ['--bucket', 'told'];
    const put = 'put-bucket-notification-configuration';
    await aws.run('s3api', put, ...bucket, '--notification-configuration', configuration);
    const got = await aws.run('s3api', 'get-bucket-notification-configuration', ...bucket);
    assert.deepEqual(JSON.parse(got), { LambdaFunctionConfigurations });
    await aws.run('s3', 'cp', import.meta.filename, 's3://told/a');
    await aws.run('s3', 'mv', 's3://told/a', 's3://told/b');
    await hook.took(3);
    const expected = ['ObjectCreated:Put a', 'ObjectCreated:Copy b', 'ObjectRemoved:Delete a'];
    assert.deepEqual(hook.taken, expected);
  });
}
