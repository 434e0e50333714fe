// boto3, Debian's: the session is in boto3-session.py.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { awsEnvironment, clientProgram, writeTestFiles } from './client-program.ts';
import { startS3Endpoint } from './s3-endpoint.ts';

/** Not the first one in PATH: Debian's packages are for Debian's. */
const python = '/usr/bin/python3';
const installed = spawnSync(python, ['-c', 'import boto3']).status === 0;

test('boto3 does what every user of it does', {
  skip: !installed && 'python3-boto3 is not installed',
}, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const files = await writeTestFiles(await temporaryDirectory(t));
  const program = clientProgram(python, { environment: awsEnvironment() });
  const script = join(import.meta.dirname, 'boto3-session.py');
  await program.run(script, endpoint.url, files.small, files.large);
});
