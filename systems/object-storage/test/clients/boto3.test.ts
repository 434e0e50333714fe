// boto3, of every Python that has it: an old version and a new one send different checksums. The session is in
// boto3-session.py.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import {
  awsEnvironment,
  clientProgram,
  everyProgram,
  over100MB,
  throughProxy,
  writeTestFiles,
} from './client-program.ts';
import { startS3Endpoint } from './s3-endpoint.ts';

const installed = everyProgram('python3').filter(
  (python) => spawnSync(python, ['-c', 'import boto3']).status === 0,
);
const skip = installed.length === 0 && 'python3-boto3 is not installed';
const script = join(import.meta.dirname, 'boto3-session.py');

for (const python of installed.length === 0 ? ['python3'] : installed) {
  test(`boto3 of ${python} does what every user of it does`, { skip }, async (t) => {
    const endpoint = await startS3Endpoint(t);
    const files = await writeTestFiles(await temporaryDirectory(t), { largeBytes: over100MB });
    const program = clientProgram(python, { environment: awsEnvironment() });
    await program.run(script, endpoint.url, 'path', files.small, files.large);
  });

  test(`boto3 of ${python} does the same with buckets named by host`, { skip }, async (t) => {
    const endpoint = await startS3Endpoint(t, { domains: ['s3.example.test'] });
    const files = await writeTestFiles(await temporaryDirectory(t));
    const environment = { ...awsEnvironment(), ...throughProxy(endpoint) };
    const program = clientProgram(python, { environment });
    await program.run(script, 'http://s3.example.test', 'virtual', files.small, files.large);
  });
}
