// Tags and attributes, by boto3 of every Python that has it. The session is in boto3-tags.py.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { awsEnvironment, clientProgram, everyProgram } from './client-program.ts';
import { startS3Endpoint } from './s3-endpoint.ts';

const installed = everyProgram('python3').filter(
  (python) => spawnSync(python, ['-c', 'import boto3']).status === 0,
);
const skip = installed.length === 0 && 'python3-boto3 is not installed';

for (const python of installed.length === 0 ? ['python3'] : installed) {
  test(`boto3 of ${python} tags objects and buckets, and asks for attributes`, { skip }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const program = clientProgram(python, { environment: awsEnvironment() });
    await program.run(join(import.meta.dirname, 'boto3-tags.py'), endpoint.url);
  });
}
