import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { GetObjectCommand, ListPartsCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { answerBytesMax } from './bounded-answers.ts';
import { openS3Client } from './s3-client.ts';

const place = { Bucket: 'b', Key: 'k' };
const piece = Buffer.alloc(1024 * 1024, ' ');

/** A client of a server whose bodies never end, and how many bytes of the last one were taken. */
async function endless(t: TestContext, statusCode: number): Promise<{ client: S3Client; taken(): number }> {
  let taken = 0;
  async function* pouring(): AsyncIterable<Buffer> {
    for (taken = 0; taken < 4 * answerBytesMax; taken += piece.length) yield piece;
  }
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(statusCode, { 'content-type': 'application/xml' });
    pipeline(Readable.from(pouring()), response, () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { client } = await openS3Client({
    url: `http://127.0.0.1:${port}/bucket`,
    credentials: { accessKeyId: 'a', secretAccessKey: 's', region: 'us-east-1' },
    attempts: 1,
  });
  t.after(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { client, taken: () => taken };
}

for (const statusCode of [200, 503]) {
  test(`an answer of ${statusCode} that never ends fails, and little of it is taken`, async (t) => {
    const { client, taken } = await endless(t, statusCode);
    for (const send of [
      () => client.send(new PutObjectCommand({ ...place, Body: 'x' })),
      () => client.send(new ListPartsCommand({ ...place, UploadId: 'u' })),
    ]) {
      await assert.rejects(send(), /longer than/);
      assert(taken() < 2 * answerBytesMax, `${taken()} bytes`);
    }
  });
}

test('an object may be as long as it likes', async (t) => {
  const { client } = await endless(t, 200);
  const { Body } = await client.send(new GetObjectCommand(place));
  let bytes = 0;
  for await (const chunk of Body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax + piece.length) break;
  }
  assert(bytes > answerBytesMax);
});
