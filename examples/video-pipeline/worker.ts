// An encoder: takes one video after the other out of the queue. Start as many as there are cores, and kill any of them at any
// time: what it had comes back to the queue when its time is over, and another takes it. While it works it asks for more time.
// What is no video ends in the queue of those that failed.
//
// A video may so be encoded twice, but is stored once: the first to store it wins, and a message is deleted after that.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { encoded, prepare, s3, sqs, uploads, visibilitySeconds } from './clients.ts';

const QueueUrl = await prepare();
console.log('worker ready');
for (;;) {
  const receive = { QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: 20 };
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive));
  for (const message of Messages) await handle(message);
}

async function handle({ Body, ReceiptHandle }: Message): Promise<void> {
  const VisibilityTimeout = visibilitySeconds;
  const keep = () =>
    sqs
      .send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }))
      .catch(console.error);
  const timer = setInterval(keep, (visibilitySeconds * 1_000) / 3);
  try {
    // The test event of a bucket that was configured has none.
    const { Records = [] } = JSON.parse(Body!);
    for (const { s3: changed } of Records) await encode(changed.object.key);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  } catch (error) {
    // It comes again, here or elsewhere, as often as the queue lets it.
    console.log(`failed: ${(error as Error).message}`);
  } finally {
    clearInterval(timer);
  }
}

async function encode(id: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'video-'));
  try {
    const [input, output] = [join(folder, 'input'), join(folder, 'output.mp4')];
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: uploads, Key: id }));
    await pipeline(Body as Readable, createWriteStream(input));
    console.log(`encoding ${id}`);
    await runFfmpeg(input, output);
    console.log(`${await store(id, await readFile(output))} ${id}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** In real time, as a long video would take it. */
async function runFfmpeg(input: string, output: string): Promise<void> {
  const format = ['-vf', 'scale=320:-2', '-c:v', 'mpeg4', '-movflags', '+faststart'];
  const parameters = ['-nostdin', '-loglevel', 'error', '-re', '-i', input, ...format, output];
  const [code] = await once(spawn('ffmpeg', parameters, { stdio: ['ignore', 'ignore', 'inherit'] }), 'close');
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}

/** Unless another worker was faster. */
async function store(id: string, Body: Buffer): Promise<'stored' | 'already stored'> {
  try {
    const place = { Bucket: encoded, Key: `${id}.mp4`, ContentType: 'video/mp4' };
    await s3.send(new PutObjectCommand({ ...place, Body, IfNoneMatch: '*' }));
    return 'stored';
  } catch (error) {
    if ((error as Error).name === 'PreconditionFailed') return 'already stored';
    throw error;
  }
}
