import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { sqsRequestBytesMax } from '../limits.ts';
import { BodyMemory, withBody } from './read-body.ts';

function requestOf(pieces: readonly Buffer[], headers = {}) {
  return Object.assign(Readable.from(pieces), { headers });
}

test('a body is whole, and as large as it may be', async () => {
  const memory = new BodyMemory(2 * sqsRequestBytesMax);
  const sizeOf = (...sizes: number[]) =>
    withBody(requestOf(sizes.map((size) => Buffer.alloc(size))), memory, async ({ length }) => length);
  assert.equal(await sizeOf(), 0);
  assert.equal(await sizeOf(3, 4), 7);
  assert.equal(await sizeOf(sqsRequestBytesMax), sqsRequestBytesMax);
  await assert.rejects(sizeOf(sqsRequestBytesMax, 1), { code: 'RequestEntityTooLarge' });
  const told = requestOf([], { 'content-length': String(sqsRequestBytesMax + 1) });
  await assert.rejects(
    withBody(told, memory, async () => 0),
    { code: 'RequestEntityTooLarge' },
  );
});

test('regression: bodies together take no more memory than they may, until they are answered', async () => {
  const memory = new BodyMemory(10);
  const { promise: answer, resolve } = Promise.withResolvers<string>();
  const first = withBody(requestOf([Buffer.alloc(6)]), memory, () => answer);
  await new Promise(setImmediate);
  const second = () => withBody(requestOf([Buffer.alloc(3), Buffer.alloc(3)]), memory, async () => 'second');
  await assert.rejects(second(), { code: 'ServiceUnavailable' });
  resolve('first');
  assert.equal(await first, 'first');
  assert.equal(await second(), 'second');
  await assert.rejects(withBody(requestOf([Buffer.alloc(10)]), memory, () => Promise.reject(new Error('x'))));
  assert.equal(await second(), 'second');
});
