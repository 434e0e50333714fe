import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realRandom } from './real-random.ts';

test('integers keep to their bound, from 1 to 2^48', () => {
  for (const below of [1, 2, 1000, 2 ** 32, 2 ** 48 - 1, 2 ** 48]) {
    const drawn = Array.from({ length: 50 }, () => realRandom.integer(below));
    assert(drawn.every((value) => Number.isInteger(value) && value >= 0 && value < below));
    if (below > 1000) assert(new Set(drawn).size > 40);
  }
  for (const below of [0, 1.5, 2 ** 48 + 1])
    assert.throws(() => realRandom.integer(below), /from 1 to 2\^48/);
});

test('bytes are fresh', () => {
  assert.equal(realRandom.bytes(16).length, 16);
  assert.notDeepEqual(realRandom.bytes(16), realRandom.bytes(16));
});

test('short pieces never overlap, and keep what they are', () => {
  const pieces = Array.from({ length: 2_000 }, (_, index) => realRandom.bytes((index % 64) + 1));
  const copies = pieces.map((piece) => piece.toString('hex'));
  for (let index = 0; index < 1_000; index++) realRandom.bytes(64).fill(0);
  assert.deepEqual(
    pieces.map((piece) => piece.toString('hex')),
    copies,
  );
  const long = copies.filter((text) => text.length >= 32);
  assert.equal(new Set(long).size, long.length);
});
