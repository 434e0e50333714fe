// The example of a video pipeline: a worker is killed in the middle of its work, the message returns, another finishes, and
// what is stored is stored once, also when the message comes again.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { cleanUpAfter, findProgram, temporaryDirectory } from '@cairn/testing';
import { endpointOf, rootCredentials, startCairn } from './cairn-process.ts';

const ffmpeg = findProgram('ffmpeg');
const skip = ffmpeg === undefined && 'ffmpeg is not installed';
const folder = resolve(import.meta.dirname, '../examples/video-pipeline');
const patienceMs = 60_000;

type Program = { readonly child: ChildProcess; line(pattern: RegExp): Promise<RegExpExecArray> };

function start(t: TestContext, file: string, environment: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [join(folder, file)], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUpAfter(t, async () => void child.kill('SIGKILL'));
  const lines: string[] = [];
  let wake = () => {};
  createInterface({ input: child.stdout! }).on('line', (line) => {
    lines.push(line);
    wake();
  });
  return {
    child,
    async line(pattern) {
      const signal = AbortSignal.timeout(patienceMs);
      for (;;) {
        const found = lines.map((line) => pattern.exec(line)).find((match) => match !== null);
        if (found) return found;
        assert(!signal.aborted, `${file} did not print ${pattern}: ${lines.join('\n')}`);
        await Promise.race([new Promise<void>((done) => (wake = done)), pause(500)]);
      }
    },
  };
}

test('a video whose worker is killed is encoded by another, and stored once', { skip }, async (t) => {
  const cairn = await startCairn(t, { data: join(await temporaryDirectory(t), 'data') });
  const [s3Url, sqsUrl] = [endpointOf(cairn, 'object-storage s3'), endpointOf(cairn, 'message-queue sqs')];
  const environment = {
    ...{ S3_URL: s3Url, SQS_URL: sqsUrl, PORT: '0', VISIBILITY_SECONDS: '4' },
    AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
  };
  const [, address] = await start(t, 'api.ts', environment).line(/^api (\S+)$/);
  const doomed = start(t, 'worker.ts', environment);
  await doomed.line(/^worker ready$/);

  const posted = await fetch(`${address}/videos`, { method: 'POST', body: await video(t) });
  assert.equal(posted.status, 202);
  const status = async () => (await fetch(new URL(posted.headers.get('location')!, address))).json();
  const id = posted.headers.get('location')!.split('/').at(-1)!;
  await doomed.line(new RegExp(`^encoding ${id}$`));
  doomed.child.kill('SIGKILL');
  assert.deepEqual(await status(), { status: 'waiting' });

  const heir = start(t, 'worker.ts', environment);
  await heir.line(new RegExp(`^stored ${id}$`));
  const client = { region: 'us-east-1', credentials: rootCredentials };
  const s3 = new S3Client({ ...client, endpoint: s3Url, forcePathStyle: true });
  const result = { Bucket: 'video-encoded', Key: `${id}.mp4` };
  const { Body } = await s3.send(new GetObjectCommand(result));
  const bytes = await Body!.transformToByteArray();
  assert.equal(Buffer.from(bytes).toString('latin1', 4, 8), 'ftyp', 'it is an MP4 file');
  assert.deepEqual(await status(), { status: 'encoded', bytes: bytes.length });

  // As if its deletion had been lost: it comes once more.
  const sqs = new SQSClient({ ...client, endpoint: sqsUrl });
  const QueueUrl = `${sqsUrl}/000000000000/videos-to-encode`;
  const MessageBody = JSON.stringify({ Records: [{ s3: { object: { key: id } } }] });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  await heir.line(new RegExp(`^already stored ${id}$`));
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'video-encoded' }));
  assert.equal(Versions.length, 1);
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const messagesIn = async (url: string) => {
    const asked = { QueueUrl: url, AttributeNames: [...names] };
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand(asked));
    return names.reduce((sum, name) => sum + Number(Attributes![name]), 0);
  };
  while ((await messagesIn(QueueUrl)) > 0) await pause(50);

  // What is no video is tried, and put aside; the worker goes on.
  await fetch(`${address}/videos`, { method: 'POST', body: 'this is no video' });
  await heir.line(/^failed: ffmpeg ended with/);
  while ((await messagesIn(`${sqsUrl}/000000000000/videos-that-failed`)) === 0) await pause(200);
  // For a moment it is in both: it is put aside before it is removed.
  while ((await messagesIn(QueueUrl)) > 0) await pause(50);
});

/** Two seconds of a test picture. */
async function video(t: TestContext): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(await temporaryDirectory(t), 'video.avi');
  const source = ['-f', 'lavfi', '-i', 'testsrc=duration=2:size=640x360:rate=10'];
  const made = spawnSync(ffmpeg!, ['-loglevel', 'error', ...source, '-c:v', 'mpeg4', path]);
  assert.equal(made.status, 0, String(made.stderr));
  const { readFile } = await import('node:fs/promises');
  return new Uint8Array(await readFile(path));
}
