import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sqsRequestBytesMax } from '../limits.ts';
import { BodyMemory, type BodySource, withBody } from './read-body.ts';

/** Of pieces that are there, each second one a moment later. */
function requestOf(sizes: readonly number[], framing: number | 'chunked' = 'chunked'): BodySource {
  const pieces = sizes.map((size) => Buffer.alloc(size));
  const read = () => {
    const piece = pieces.shift();
    return pieces.length % 2 === 0 ? piece : Promise.resolve(piece);
  };
  return { head: { framing }, body: { read } };
}

test('a body is whole, and as large as it may be', async () => {
  const memory = new BodyMemory(2 * sqsRequestBytesMax);
  const sizeOf = (...sizes: number[]) => withBody(requestOf(sizes), memory, async ({ length }) => length);
  assert.equal(await sizeOf(), 0);
  assert.equal(await sizeOf(3, 4), 7);
  assert.equal(await sizeOf(sqsRequestBytesMax), sqsRequestBytesMax);
  await assert.rejects(sizeOf(sqsRequestBytesMax, 1), { code: 'RequestEntityTooLarge' });
  await assert.rejects(
    withBody(requestOf([], sqsRequestBytesMax + 1), memory, async () => 0),
    { code: 'RequestEntityTooLarge' },
  );
});

test('regression: bodies together take no more memory than they may, until they are answered', async () => {
  const memory = new BodyMemory(10);
  const { promise: answer, resolve } = Promise.withResolvers<string>();
  const first = withBody(requestOf([6]), memory, () => answer);
  await new Promise(setImmediate);
  const second = () => withBody(requestOf([3, 3]), memory, async () => 'second');
  await assert.rejects(second(), { code: 'ServiceUnavailable' });
  resolve('first');
  assert.equal(await first, 'first');
  assert.equal(await second(), 'second');
  await assert.rejects(withBody(requestOf([10]), memory, () => Promise.reject(new Error('x'))));
  assert.equal(await second(), 'second');
});
