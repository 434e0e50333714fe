// Signatures that no SDK makes: what is signed, and what somebody in between could change.

import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { openEndpoint, rootKey } from './sqs-fixture.ts';

type Signed = {
  readonly headers: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  readonly body?: string;
};

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** Of a POST to `/`, over the headers named. */
function authorization({ headers, names, body = '{}' }: Signed): string {
  const date = headers['x-amz-date']!;
  const scope = [date.slice(0, 8), 'us-east-1', 'sqs', 'aws4_request'];
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join('');
  const canonical = ['POST', '/', '', lines, names.join(';'), sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${rootKey.secretAccessKey}`);
  const credential = [rootKey.accessKeyId, ...scope].join('/');
  const signature = hmac(key, toSign).toString('hex');
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
}

test('regression: the operation that a signature is for cannot be changed by who carries it', async (context) => {
  const { url } = await openEndpoint(context);
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = { host: new URL(url).host, 'x-amz-date': date, 'x-amz-target': 'AmazonSQS.ListQueues' };
  const send = async (more: Readonly<Record<string, string>>, names: readonly string[]) => {
    const signed = { ...headers, ...more, authorization: authorization({ headers, names }) };
    const response = await fetch(url, { method: 'POST', headers: signed, body: '{}' });
    return response.headers.get('x-amzn-query-error') ?? 'done';
  };
  const all = ['host', 'x-amz-date', 'x-amz-target'];
  assert.equal(await send({}, all), 'done');
  assert.match(await send({ 'x-amz-target': 'AmazonSQS.CreateQueue' }, all), /^SignatureDoesNotMatch/);
  assert.match(await send({}, ['host', 'x-amz-date']), /^SignatureDoesNotMatch/);
  assert.match(await send({}, ['x-amz-date', 'x-amz-target']), /^SignatureDoesNotMatch/);
});
