// The API in front: takes a video, answers before it is encoded, and tells later how far it is.
//
//   POST /videos       202, with Location: /videos/ID
//   GET /videos/ID     {"status": "waiting"} or {"status": "encoded", "bytes": N}; 404 for what was never uploaded

import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { encoded, prepare, s3, uploads } from './clients.ts';

await prepare();
const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500).end();
  });
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`api http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'POST' && request.url === '/videos') return upload(request, response);
  const [, id] = /^\/videos\/([0-9a-f-]{36})$/.exec(request.url ?? '') ?? [];
  if (request.method === 'GET' && id !== undefined) return tellStatus(id, response);
  response.writeHead(404).end();
}

async function upload(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const length = Number(request.headers['content-length']);
  if (!Number.isInteger(length)) return void response.writeHead(411).end();
  const id = randomUUID();
  // Once it is in the bucket its event is in the queue: both are one transaction.
  await s3.send(new PutObjectCommand({ Bucket: uploads, Key: id, Body: request, ContentLength: length }));
  response.writeHead(202, { location: `/videos/${id}` }).end();
}

async function tellStatus(id: string, response: ServerResponse): Promise<void> {
  const bytes = await sizeOf(encoded, `${id}.mp4`);
  const isThere = bytes !== undefined || (await sizeOf(uploads, id)) !== undefined;
  const status = bytes === undefined ? { status: 'waiting' } : { status: 'encoded', bytes };
  response.writeHead(isThere ? 200 : 404, { 'content-type': 'application/json' });
  response.end(isThere ? JSON.stringify(status) : undefined);
}

async function sizeOf(Bucket: string, Key: string): Promise<number | undefined> {
  try {
    return (await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength;
  } catch (error) {
    if ((error as Error).name === 'NotFound') return undefined;
    throw error;
  }
}
