// Requests as clients sent them once, byte for byte, at the time they sent them: what was accepted stays accepted,
// whichever versions are installed. All put `hello, world` under the same key. Only User-Agent was taken out.
//
// | file            | client                                  | body                                          |
// | --------------- | --------------------------------------- | --------------------------------------------- |
// | awscli          | aws-cli 1.45.11                         | SHA-256 signed, CRC32 in a header, 100-continue |
// | aws-sdk-header  | @aws-sdk/client-s3 3.1168.0             | SHA-256 signed, CRC64NVME in a header         |
// | aws-sdk-trailer | @aws-sdk/client-s3 3.1168.0, a stream   | unsigned aws-chunked in HTTP chunks, CRC32 in the trailer |
// | boto3           | boto3 1.26.27                           | SHA-256 signed, Content-MD5, 100-continue     |
// | boto3-presigned | boto3 1.26.27, then urllib              | UNSIGNED-PAYLOAD                              |
// | rclone          | rclone 1.60.1                           | UNSIGNED-PAYLOAD, Content-MD5                 |

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { RawClient } from '@cairn/testing';
import { type S3Endpoint, startS3Endpoint } from './s3-endpoint.ts';
import { signedHead } from './signed-head.ts';

const capturedMs = Date.UTC(2026, 10, 21, 9, 38, 27);
const directory = join(import.meta.dirname, 'testdata');
const target = '/photos/a%20b/%C3%BC%2B.txt';

suite('requests captured from clients', () => {
  let endpoint: S3Endpoint;
  const cleanUps: (() => Promise<void>)[] = [];

  before(async () => {
    const context = { after: (cleanUp: () => Promise<void>) => cleanUps.unshift(cleanUp) };
    endpoint = await startS3Endpoint(context, { nowMs: capturedMs });
    await send({ method: 'PUT', target: '/photos', headers: { 'content-length': '0' } });
  });
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  async function send(request: Parameters<typeof signedHead>[0]) {
    const client = await RawClient.connect(endpoint.port);
    client.send(signedHead({ ...request, timeMs: capturedMs }).text);
    const response = await client.response();
    client.close();
    return response;
  }

  for (const file of readdirSync(directory).filter((name) => name.endsWith('.http'))) {
    test(`${file} is accepted`, async (t) => {
      await send({ method: 'DELETE', target });
      const client = await RawClient.connect(endpoint.port);
      t.after(() => client.close());
      client.send(readFileSync(join(directory, file)));
      const first = await client.response();
      const { status, body } = first.status === 100 ? await client.response() : first;
      assert.equal(status, 200, body.toString());
      assert.equal((await send({ method: 'GET', target })).body.toString(), 'hello, world\n');
    });
  }
});
