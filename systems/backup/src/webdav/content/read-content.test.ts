import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { seededRandom } from '../../../test/seeded-random.ts';
import type { FileContent } from '../tree/resource.ts';
import type { ChunkOffsets } from './chunk-offsets.ts';
import { readContent } from './read-content.ts';
import { budgetBytes, runBytesMax, runsHeld, StreamBudget } from './stream-budget.ts';

const MiB = 1024 * 1024;

/** A file whose chunks are numbered by their fingerprints; what is asked for and what is given up is counted. */
function prepare(lengths: readonly number[], fill: (length: number) => Uint8Array) {
  const chunks = lengths.map(fill);
  const fingerprints = new Uint8Array(Buffer.concat(chunks.map((_, chunk) => numbered(chunk))));
  const bytes = Buffer.concat(chunks);
  const offsets: ChunkOffsets = new Float64Array(lengths.length + 1);
  for (const [chunk, length] of lengths.entries()) offsets[chunk + 1] = offsets[chunk]! + length;
  const asked: number[][] = [];
  const signals: AbortSignal[] = [];
  const source = {
    async *readChunks(wanted: Uint8Array, { signal }: { signal: AbortSignal }) {
      const numbers = Array.from({ length: wanted.length / 32 }, (_, at) =>
        Buffer.from(wanted).readUInt32LE(at * 32),
      );
      asked.push(numbers);
      signals.push(signal);
      for (const number of numbers) yield chunks[number]!;
    },
  };
  const content: FileContent = {
    kind: 'file',
    sizeBytes: bytes.length,
    sparse: false,
    readable: true,
    fingerprints,
  };
  const budget = new StreamBudget();
  const read = (start: number, length: number, signal = new AbortController().signal) =>
    readContent(content, offsets, { start, length }, { source, budget, signal });
  return { bytes, asked, signals, budget, read };
}

function numbered(chunk: number): Buffer {
  const fingerprint = Buffer.alloc(32);
  fingerprint.writeUInt32LE(chunk);
  return fingerprint;
}

test('any range is that of the file, read from no other chunks', async (t) => {
  const random = seededRandom(t);
  const lengths = Array.from({ length: 40 }, () => 1 + random.integer(300));
  const { bytes, read, asked } = prepare(lengths, (length) => random.bytes(length));
  for (let round = 0; round < 500; round += 1) {
    const start = random.integer(bytes.length);
    const length = random.integer(bytes.length - start + 1);
    asked.length = 0;
    const got = Buffer.concat(await Array.fromAsync(read(start, length)));
    assert.ok(got.equals(bytes.subarray(start, start + length)), `${length} bytes at ${start}`);
    const raw = asked.flat().reduce((sum, chunk) => sum + lengths[chunk]!, 0);
    assert.ok(raw < length + 600 || length === 0, `${raw} bytes read for ${length}`);
  }
});

test('while one run is taken, the next is read, and no more', async () => {
  const { read, asked } = prepare(
    Array.from({ length: 64 }, () => MiB),
    (length) => Buffer.alloc(length),
  );
  const pieces = read(0, 64 * MiB);
  await pieces.next();
  await setImmediate();
  assert.deepEqual(asked, [
    [0, 1, 2, 3],
    [4, 5, 6, 7],
  ]);
  for (let chunk = 0; chunk < 4; chunk += 1) await pieces.next();
  await setImmediate();
  assert.equal(asked.length, 3);
  await pieces.return(undefined);
});

test('who stops taking frees what was read ahead and the share of memory', async () => {
  const { read, signals, budget } = prepare(
    Array.from({ length: 64 }, () => MiB),
    (length) => Buffer.alloc(length),
  );
  for await (const _ of read(0, 64 * MiB)) {
    assert.equal(budget.streams, 1);
    break;
  }
  assert.equal(budget.streams, 0);
  assert.ok(signals.every(({ aborted }) => aborted));
});

test('many at once read smaller runs, so that all together stay within the bound', () => {
  const budget = new StreamBudget();
  for (let streams = 1; streams <= 256; streams += 1) {
    budget.enter();
    assert.ok(budget.runBytes() * runsHeld * streams <= budgetBytes);
  }
  assert.ok(budget.runBytes() < runBytesMax);
});
