// boto3 and the aws command line, of every version that is installed: Debian's speak the query protocol, newer ones JSON.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { findProgram } from '@cairn/testing';
import { openEndpoint, rootKey } from './sqs-fixture.ts';

const run = promisify(execFile);
const timeout = 60_000;
const env = {
  PATH: process.env.PATH,
  AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
  AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** On the PATH, and the system's own where the PATH has another. */
function everyProgram(name: string): readonly string[] {
  const found = [findProgram(name), `/usr/bin/${name}`].filter((path) => path !== undefined);
  return [...new Set(found)].filter((path) => spawnSync(path, ['--version']).status === 0);
}

const pythons = everyProgram('python3').filter(
  (python) => spawnSync(python, ['-c', 'import boto3']).status === 0,
);
const withoutBoto = pythons.length === 0 && 'python3-boto3 is not installed';
const programs = everyProgram('aws');
const withoutAws = programs.length === 0 && 'aws is not installed';

for (const python of pythons.length === 0 ? ['python3'] : pythons)
  test(`boto3 of ${python} sends, receives, deletes, and reads errors`, {
    skip: withoutBoto,
  }, async (context) => {
    const { url } = await openEndpoint(context);
    const script = join(import.meta.dirname, 'boto3-sqs.py');
    const { stdout } = await run(python, [script, url], { env, timeout });
    assert.match(stdout, /^(query|json) done\n$/);
  });

for (const program of programs.length === 0 ? ['aws'] : programs)
  test(`${program} sends and receives`, { skip: withoutAws }, async (context) => {
    const { url } = await openEndpoint(context);
    const aws = async (...words: readonly string[]): Promise<string> => {
      const leading = ['--endpoint-url', url, '--output', 'json', 'sqs'];
      return (await run(program, [...leading, ...words], { env, timeout })).stdout;
    };
    const { QueueUrl } = JSON.parse(await aws('create-queue', '--queue-name', 'jobs'));
    await aws('send-message', '--queue-url', QueueUrl, '--message-body', 'hello');
    const { Messages } = JSON.parse(await aws('receive-message', '--queue-url', QueueUrl));
    assert.equal(Messages[0].Body, 'hello');
    await aws('delete-message', '--queue-url', QueueUrl, '--receipt-handle', Messages[0].ReceiptHandle);
    const counted = await aws('get-queue-attributes', '--queue-url', QueueUrl, '--attribute-names', 'All');
    assert.equal(JSON.parse(counted).Attributes.ApproximateNumberOfMessagesNotVisible, '0');
  });
