// One exchange with an endpoint on a connection of its own, whatever is sent: an answer comes soon, it is an error of S3
// with its XML, and the endpoint serves the next client as if nothing had been.

import assert from 'node:assert/strict';
import { RawClient, type RawResponse } from '@cairn/testing';
import type { S3Endpoint } from '../clients/s3-endpoint.ts';
import { type HeadToSign, signedHead } from '../clients/signed-head.ts';

/** Everything here is answered at once; on a machine that others use, within this. */
const answerMsMax = 10_000;

export type Answer = { readonly status: number; readonly code: string | undefined; readonly text: string };

export type Sent = {
  readonly bytes: string | Uint8Array;
  /** The client closes its half behind the bytes. */
  readonly halfClose?: boolean;
};

/** The answer to bytes that are sent as they are. */
export async function answerTo(endpoint: S3Endpoint, { bytes, halfClose = false }: Sent): Promise<Answer> {
  const client = await RawClient.connect(endpoint.port);
  const startedMs = performance.now();
  try {
    client.send(bytes);
    if (halfClose) client.socket.end();
    return toAnswer(await client.response());
  } finally {
    client.close();
    const tookMs = performance.now() - startedMs;
    assert(tookMs < answerMsMax, `the answer took ${Math.round(tookMs)} ms`);
  }
}

/** The answer to a signed request with a body. */
export function signedAnswer(
  endpoint: S3Endpoint,
  request: HeadToSign,
  body: string | Uint8Array = '',
): Promise<Answer> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const length = request.method === 'GET' ? {} : { 'content-length': String(bytes.length) };
  const { text } = signedHead({ ...request, headers: { ...length, ...request.headers } });
  return answerTo(endpoint, { bytes: Buffer.concat([Buffer.from(text, 'latin1'), bytes]) });
}

/** It is this error, said as S3 says it, and the endpoint lives. */
export async function assertRefused(
  endpoint: S3Endpoint,
  answer: Answer,
  { status, code }: { readonly status: number; readonly code: string },
): Promise<void> {
  assert.deepEqual([answer.status, answer.code], [status, code], answer.text);
  assert.match(answer.text, /^<\?xml[^>]*\?>\s*<Error><Code>\w+<\/Code><Message>[^<]+<\/Message>/);
  assert.match(answer.text, /<RequestId>\w{16}<\/RequestId>/);
  await assertServes(endpoint);
}

/** Another client is served. */
export async function assertServes(endpoint: S3Endpoint): Promise<void> {
  const { status, text } = await signedAnswer(endpoint, { method: 'GET', target: '/' });
  assert.equal(status, 200, text);
  assert.match(text, /<ListAllMyBucketsResult/);
}

function toAnswer({ status, body }: RawResponse): Answer {
  const text = body.toString();
  return { status, text, code: /<Error><Code>(\w+)<\/Code>/.exec(text)?.[1] };
}
