// Server-side encryption as the aws command line and boto3 ask for it, in forms too.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { awsProgram } from '../clients/aws-program.ts';
import {
  assertSameFile,
  awsEnvironment,
  clientProgram,
  everyProgram,
  firstProgram,
  writeTestFiles,
} from '../clients/client-program.ts';
import { startS3Endpoint } from '../clients/s3-endpoint.ts';

const programs = firstProgram('aws');
const noAws = programs.length === 0 && 'aws is not installed';

for (const program of programs.length === 0 ? ['aws'] : programs) {
  test(`${program} copies files in and out, encrypted with both kinds of keys`, {
    skip: noAws,
  }, async (t) => {
    const { url } = await startS3Endpoint(t);
    const files = await writeTestFiles(await temporaryDirectory(t), { largeBytes: 20 * 1024 * 1024 });
    const leading = ['--endpoint-url', url];
    const aws = awsProgram(program, { leading, environment: awsEnvironment() });
    await aws.run('s3', 'mb', 's3://sealed');
    await aws.run('s3', 'cp', '--quiet', '--sse', 'AES256', files.large, 's3://sealed/master');
    const head = await aws.run('s3api', 'head-object', '--bucket', 'sealed', '--key', 'master');
    assert.equal(JSON.parse(head).ServerSideEncryption, 'AES256');
    await aws.run('s3', 'cp', '--quiet', 's3://sealed/master', files.path('master'));
    await assertSameFile(files.path('master'), files.large);

    const key = '0123456789abcdef0123456789abcdef';
    const own = ['--sse-c', 'AES256', '--sse-c-key', key];
    await aws.run('s3', 'cp', '--quiet', ...own, files.large, 's3://sealed/own');
    await aws.run('s3', 'cp', '--quiet', ...own, 's3://sealed/own', files.path('own'));
    await assertSameFile(files.path('own'), files.large);
    await assert.rejects(
      aws.run('s3', 'cp', '--only-show-errors', 's3://sealed/own', files.path('none')),
      /400/,
    );
    const source = ['--sse-c-copy-source', 'AES256', '--sse-c-copy-source-key', key];
    const copy = ['s3://sealed/own', 's3://sealed/copy'];
    await aws.run('s3', 'cp', '--quiet', ...source, '--sse', 'AES256', ...copy);
    await aws.run('s3', 'cp', '--quiet', 's3://sealed/copy', files.path('copy'));
    await assertSameFile(files.path('copy'), files.large);
  });
}

const pythons = everyProgram('python3').filter(
  (python) => spawnSync(python, ['-c', 'import boto3, urllib3']).status === 0,
);
const noBoto3 = pythons.length === 0 && 'python3-boto3 is not installed';

for (const python of pythons.length === 0 ? ['python3'] : pythons) {
  test(`boto3 of ${python} puts and posts under both kinds of keys`, { skip: noBoto3 }, async (t) => {
    const { url } = await startS3Endpoint(t);
    const program = clientProgram(python, { environment: awsEnvironment() });
    await program.run(join(import.meta.dirname, 'boto3-encryption.py'), url);
  });
}
