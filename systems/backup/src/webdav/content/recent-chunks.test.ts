import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentChunks } from './recent-chunks.ts';

const signal = new AbortController().signal;

function prepare(chunkBytes: number) {
  const asked: number[][] = [];
  const chunks = new RecentChunks({
    async *readChunks(fingerprints) {
      const numbers = Array.from({ length: fingerprints.length / 32 }, (_, at) => fingerprints[at * 32]!);
      asked.push(numbers);
      for (const number of numbers) yield new Uint8Array(chunkBytes).fill(number);
    },
  });
  const read = async (...numbers: readonly number[]) => {
    const fingerprints = new Uint8Array(Buffer.concat(numbers.map((number) => Buffer.alloc(32, number))));
    const got = await Array.fromAsync(chunks.readChunks(fingerprints, { signal }));
    assert.deepEqual(
      got.map((chunk) => chunk[0]),
      numbers,
    );
  };
  return { asked, read };
}

test('a chunk of small ranges is read once', async () => {
  const { asked, read } = prepare(1000);
  await read(1);
  await read(1, 2);
  await read(2, 1);
  assert.deepEqual(asked, [[1], [2]]);
});

test('longer runs are read as they are, and push nothing out', async () => {
  const { asked, read } = prepare(1000);
  await read(1);
  await read(1, 2, 3);
  await read(1);
  await read(3);
  assert.deepEqual(asked, [[1], [1, 2, 3], [3]]);
});

test('what is kept is bounded', async () => {
  const { asked, read } = prepare(16 << 20);
  for (const number of [1, 2, 3, 3, 2, 1]) await read(number);
  assert.deepEqual(asked, [[1], [2], [3], [1]]);
});
