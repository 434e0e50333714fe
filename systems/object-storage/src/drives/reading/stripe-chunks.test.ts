import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { StripeChunks, type StripeParts } from './stripe-chunks.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

async function* stripes(parts: readonly StripeParts[], failure?: Error): AsyncGenerator<StripeParts> {
  yield* parts;
  if (failure !== undefined) throw failure;
}

/** Counts how often it is told of the end. */
function countingEnds() {
  const counted = { ends: 0, onEnd: () => void counted.ends++ };
  return counted;
}

suite('the chunks of stripes', () => {
  test('come in order, and those of an empty stripe are passed over', async () => {
    const hooks = countingEnds();
    const chunks = new StripeChunks(stripes([[bytes(1), bytes(2)], [], [bytes(3)]]), hooks);
    assert.deepEqual(await Array.fromAsync(chunks), [bytes(1), bytes(2), bytes(3)]);
    assert.equal((await chunks.next()).done, true);
    assert.equal(hooks.ends, 1);
  });

  test('end with what the reader says of a failure', async () => {
    const hooks = {
      ...countingEnds(),
      explain: (error: unknown) => new Error('explained', { cause: error }),
    };
    const chunks = new StripeChunks(stripes([[bytes(1)]], new Error('rotten')), hooks);
    assert.deepEqual(await chunks.next(), { done: false, value: bytes(1) });
    await assert.rejects(chunks.next(), { message: 'explained', cause: new Error('rotten') });
    assert.equal((await chunks.next()).done, true);
  });

  test('end at once for who leaves, and let the stripes go', async () => {
    const hooks = countingEnds();
    const source = stripes([[bytes(1), bytes(2)], [bytes(3)]]);
    const chunks = new StripeChunks(source, hooks);
    for await (const chunk of chunks) {
      assert.deepEqual(chunk, bytes(1));
      break;
    }
    assert.equal((await source.next()).done, true);
    assert.equal((await chunks.next()).done, true);
    assert.equal(hooks.ends, 1);
  });
});
