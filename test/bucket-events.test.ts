// Bucket events through the whole: boto3 configures and receives, kcat reads the topic, and the process is killed between a
// change and its message.

import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { type CairnProcess, endpointOf, rootCredentials, startCairn } from './cairn-process.ts';

const run = promisify(execFile);
const python = [findProgram('python3'), '/usr/bin/python3']
  .filter((path) => path !== undefined)
  .find((path) => spawnSync(path, ['-c', 'import boto3']).status === 0);
const kcat = findProgram('kcat');
const skip =
  (python === undefined && 'python3-boto3 is not installed') ||
  (kcat === undefined && 'kcat is not installed');

test('events of a bucket reach its queue and its topic, across kill -9', { skip }, async (t) => {
  const data = await temporaryDirectory(t);
  const first = await startCairn(t, { data });
  const broker = (cairn: CairnProcess) => endpointOf(cairn, 'message-queue kafka').replace('kafka://', '');
  // Asking for it makes it.
  await run(kcat!, ['-L', '-b', broker(first), '-t', 'logs']);
  const { stdout } = await run(
    python!,
    [
      join(import.meta.dirname, 'bucket-events.py'),
      endpointOf(first, 'object-storage s3'),
      endpointOf(first, 'message-queue sqs'),
    ],
    { env: { PATH: process.env.PATH, ...awsEnvironment }, timeout: 60_000 },
  );
  assert.equal(stdout, 'done\n');
  await first.end('SIGKILL');

  const second = await startCairn(t, { data });
  const keys = await receivedKeys(second);
  assert.deepEqual([...keys], [...Array(20).keys()].map((number) => `images%2F${number}`).toSorted());
  const consumed = await run(
    kcat!,
    ['-C', '-b', broker(second), '-t', 'logs', '-o', 'beginning', '-e', '-q', '-f', '%k %s\n'],
    { timeout: 60_000 },
  );
  const lines = consumed.stdout.trimEnd().split('\n');
  const [configured, ...events] = lines.map((line) => line.slice(line.indexOf(' ') + 1));
  assert.equal(JSON.parse(configured!).Event, 's3:TestEvent');
  assert.equal(JSON.parse(events[0]!).Records[0].s3.object.key, 'logs%2Ftoday');
  assert.equal(lines[1]!.split(' ')[0], 'photos/logs/today');
});

const awsEnvironment = {
  AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** Sorted; each may come more than once. */
async function receivedKeys(cairn: CairnProcess): Promise<ReadonlySet<string>> {
  const endpoint = endpointOf(cairn, 'message-queue sqs');
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials: rootCredentials });
  const QueueUrl = `${endpoint}/000000000000/images`;
  const keys = new Set<string>();
  while (keys.size < 20) {
    const receive = { QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 10 };
    const { Messages = [] } = await client.send(new ReceiveMessageCommand(receive));
    assert(Messages.length > 0, `there are only ${[...keys].join(', ')}`);
    for (const { Body } of Messages) keys.add(JSON.parse(Body!).Records[0].s3.object.key);
  }
  client.destroy();
  return new Set([...keys].toSorted());
}
