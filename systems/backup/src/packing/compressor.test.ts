import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { SeededRandom } from '@cairn/world/simulated';
import { seededRandom } from '../../test/seeded-random.ts';
import { compressChunk } from './compressor.ts';

const text = Buffer.from('words and words and '.repeat(1_000));

test('text is compressed at every level, and is a zstd frame', () => {
  for (const level of [-3, 1, 3, 6, 9]) {
    const target = Buffer.alloc(text.length);
    const length = compressChunk(text, target, level);
    assert(length !== undefined && length < text.length / 20);
    assert.deepEqual(zstdDecompressSync(target.subarray(0, length)), text);
  }
});

test('level 0 stores everything raw', () => {
  assert.equal(compressChunk(text, Buffer.alloc(text.length), 0), undefined);
});

test('noise is stored raw, at every level and length', (t) => {
  const random = seededRandom(t);
  for (const level of [-3, 1, 3, 9]) {
    for (const length of [0, 1, 15, 16, 17, 100, 5_000, 300_000])
      assert.equal(compressChunk(random.bytes(length), Buffer.alloc(length), level), undefined, `${length}`);
  }
});

test('what looks random is not tried, but for slow levels', () => {
  // Always the same: of others one in some thousands does not look random.
  const noise = new SeededRandom(1).bytes(100_000);
  const twice = Buffer.concat([noise, noise]);
  assert.equal(compressChunk(twice, Buffer.alloc(200_000), 3), undefined);
  const length = compressChunk(twice, Buffer.alloc(200_000), 9);
  assert(length !== undefined && length < 101_000);
});

test('what saves less than a thirty-second is stored raw, what saves more is not', (t) => {
  const random = seededRandom(t);
  const saving = (part: number) => {
    const bytes = random.bytes(100_000);
    bytes.fill(0, 0, Math.round(100_000 * part));
    return compressChunk(bytes, Buffer.alloc(100_000), 3);
  };
  assert.equal(saving(0.02), undefined);
  const length = saving(0.05);
  assert(length !== undefined && length < 96_000);
});

test('nothing is written behind the chunk’s own length', (t) => {
  const random = seededRandom(t);
  const target = Buffer.alloc(6_000, 0x33);
  compressChunk(random.bytes(5_000), target, 3);
  assert(target.subarray(5_000).every((byte) => byte === 0x33));
});
