import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { seededRandom } from '../../test/seeded-random.ts';
import { looksRandom } from './looks-random.ts';

const lengths = [64 * 1024, 64 * 1024 + 1, 131_071, 300_000, 2 * 1024 * 1024];

// A sample decides: one chunk of random bytes in 12,000 does not look so, and 7 of 100 of what gzip made of words.

test('random bytes look random', (t) => {
  const random = seededRandom(t);
  const misjudged: number[] = [];
  for (let round = 0; round < 100; round += 1)
    for (const length of lengths) if (!looksRandom(random.bytes(length))) misjudged.push(length);
  assert(misjudged.length <= 4, misjudged.join(', '));
});

test('what gzip made looks random', (t) => {
  const random = seededRandom(t);
  const words = Array.from({ length: 5_000 }, () => random.bytes(6).toString('base64'));
  const text = Array.from({ length: 1_000_000 }, () => words[random.integer(words.length)]).join(' ');
  const made = gzipSync(text).subarray(20);
  const chunks = Math.floor(made.length / lengths[0]!);
  let looking = 0;
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const start = chunk * lengths[0]!;
    if (looksRandom(made.subarray(start, start + lengths[0]!))) looking += 1;
  }
  assert(looking > chunks * 0.66, `${looking} of ${chunks}`);
});

test('text, base64, UTF-16, numbers and zeros do not', (t) => {
  const random = seededRandom(t);
  const noise = random.bytes(300_000);
  const numbers = Buffer.alloc(300_000);
  for (let at = 0; at < numbers.length; at += 4) numbers.writeInt32LE(random.integer(1_000_000), at);
  const others = {
    text: Buffer.from('words and words and '.repeat(10_000)),
    base64: Buffer.from(noise.toString('base64')),
    utf16: Buffer.from(noise.toString('hex'), 'utf16le'),
    sevenBits: noise.map((byte) => byte & 127),
    numbers,
    zeros: Buffer.alloc(300_000),
  };
  for (const [name, bytes] of Object.entries(others)) assert(!looksRandom(bytes), name);
});

test('a thirty-second of another kind is enough, wherever it lies', (t) => {
  const random = seededRandom(t);
  for (let round = 0; round < 500; round += 1) {
    const bytes = random.bytes(512 * 1024);
    const start = random.integer(bytes.length - bytes.length / 32);
    bytes.fill(0x20, start, start + bytes.length / 32);
    assert(!looksRandom(bytes), `from ${start} on`);
  }
});

test('of a small chunk nothing is guessed', (t) => {
  assert(!looksRandom(seededRandom(t).bytes(64 * 1024 - 1)));
  assert(!looksRandom(new Uint8Array(0)));
});
