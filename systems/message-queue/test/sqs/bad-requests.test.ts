// Requests that no SDK makes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEndpoint } from './sqs-fixture.ts';

test('requests without a sound signature or body get an error of their protocol, and the server goes on', async (context) => {
  const { url } = await openEndpoint(context);
  const target = { 'x-amz-target': 'AmazonSQS.ListQueues' };
  const signature =
    'AWS4-HMAC-SHA256 Credential=ROOTKEY/20200101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=00';
  for (const [status, code, init] of [
    [403, 'MissingAuthenticationToken', { body: '{}', headers: target }],
    [400, 'IncompleteSignature', { body: '{}', headers: { ...target, authorization: 'Basic eA==' } }],
    [400, 'IncompleteSignature', { body: '{}', headers: { ...target, authorization: signature } }],
    [
      403,
      'SignatureDoesNotMatch',
      { body: '{}', headers: { ...target, authorization: signature, 'x-amz-date': '20200101T000000Z' } },
    ],
    [400, 'MalformedInput', { body: '[1]', headers: target }],
    [400, 'MalformedInput', { body: '{', headers: target }],
    [400, 'InvalidAction', { body: '{}', headers: { 'x-amz-target': 'AmazonSQS.toString' } }],
    [403, 'MissingAuthenticationToken', { body: 'Action=ListQueues' }],
    [400, 'InvalidAction', { body: 'Action=constructor' }],
    [400, 'MalformedInput', { body: 'Action=ListQueues&Action=ListQueues' }],
    [400, 'InvalidAction', { method: 'PUT', body: '' }],
    [413, 'RequestEntityTooLarge', { body: 'x'.repeat(9 * 1_024 * 1_024) }],
  ] as const) {
    const response = await fetch(url, { method: 'POST', ...init });
    const text = await response.text();
    const told =
      response.headers.get('x-amzn-query-error')?.split(';')[0] ?? /<Code>(.*)<\/Code>/.exec(text)?.[1];
    assert.deepEqual([response.status, told], [status, code], text);
  }
});

test('who opens the address in a browser learns what it is', async (context) => {
  const { url } = await openEndpoint(context);
  const response = await fetch(url);
  assert.equal(response.status, 400);
  assert.match(await response.text(), /has no action\. This is the endpoint of SQS/);
});

test('regression: a stranger holds the server by no body, however many parameters and members it has', async (context) => {
  const { url } = await openEndpoint(context);
  const bytes = 8 * 1_024 * 1_024 - 64;
  const started = performance.now();
  for (const [headers, body] of [
    [{}, 'a&'.repeat(bytes / 2)],
    [{}, '&'.repeat(bytes)],
    [{ 'x-amz-target': 'AmazonSQS.ListQueues' }, `{"a":[${'{},'.repeat(bytes / 3 - 10)}{}]}`],
    [{ 'x-amz-target': 'AmazonSQS.ListQueues' }, '['.repeat(bytes / 2)],
  ] as const) {
    const response = await fetch(url, { method: 'POST', headers, body });
    assert.equal(response.status, 400);
    assert.match(await response.text(), /at most/);
  }
  assert(performance.now() - started < 10_000);
});
