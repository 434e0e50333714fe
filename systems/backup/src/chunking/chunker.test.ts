import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { seededRandom } from '../../test/seeded-random.ts';
import { Chunker, pieceBytes } from './chunker.ts';
import { cutRule } from './cut-rule.ts';
import { gearTable } from './gear-table.ts';
import { referenceCuts } from './reference-cuts.ts';

const secret = Buffer.alloc(32, 5);
const small = { min: 512, average: 4_096, max: 16_384 };
const large = { min: 16_384, average: 65_536, max: 262_144 };

test('cuts are those of the rule, byte for byte, whatever the contents', (t) => {
  const random = seededRandom(t);
  const noise = bytesOf(random, 300_000);
  const contents = {
    noise,
    zeros: Buffer.alloc(100_000),
    'runs of one byte': runs(random, 300_000),
    'noise repeated': Buffer.concat([noise.subarray(0, 60_000), noise.subarray(0, 60_000)]),
    'a letter': Buffer.from('a'),
    'the minimum': noise.subarray(0, small.min),
    'one less than the minimum': noise.subarray(0, small.min - 1),
    'the maximum': Buffer.alloc(small.max),
    nothing: Buffer.alloc(0),
  };
  const allSizes = [
    small,
    { min: 8_192, average: 20_000, max: 65_536 },
    { min: 5_000, average: 5_000, max: 6_000 },
    { min: 4_096, average: 4_096, max: 4_096 },
  ];
  for (const sizes of allSizes) {
    const chunker = new Chunker(secret, sizes);
    for (const [name, bytes] of Object.entries(contents)) {
      const expected = referenceCuts(bytes, gearTable(secret), cutRule(sizes));
      assert.deepEqual(lengths(chunker, [bytes]), expected, name);
    }
  }
});

test('cuts do not depend on how a stream came in pieces, and chunks are its bytes', (t) => {
  const random = seededRandom(t);
  const bytes = bytesOf(random, 400_000);
  const chunker = new Chunker(secret, small);
  const expected = lengths(chunker, [bytes]);
  for (let round = 0; round < 30; round += 1) {
    const pieces = inPieces(random, bytes);
    assert.deepEqual(lengths(chunker, pieces), expected);
    const chunks = [...chunker.cut(pieces)].map((chunk) => Buffer.from(chunk));
    assert.equal(digest(Buffer.concat(copies(chunker, pieces))), digest(bytes), `${chunks.length} chunks`);
  }
});

test('a stream much longer than the memory is cut as it would be in one piece', (t) => {
  const random = seededRandom(t);
  const bytes = bytesOf(random, 5 * pieceBytes + 12_345);
  const chunker = new Chunker(secret, large);
  const expected = referenceCuts(bytes, gearTable(secret), cutRule(large));
  assert.deepEqual(lengths(chunker, [bytes]), expected);
  assert.deepEqual(lengths(chunker, inPieces(random, bytes)), expected);
});

test('every chunk but the last has at least the minimum, and none has more than the maximum', (t) => {
  const random = seededRandom(t);
  const found = lengths(new Chunker(secret, small), [bytesOf(random, 4_000_000)]);
  for (const length of found.slice(0, -1)) assert(length >= small.min && length <= small.max, `${length}`);
});

test('the mean of chunks of noise is the average that was asked for', (t) => {
  const random = seededRandom(t);
  for (const sizes of [large, { min: 30_000, average: 100_000, max: 800_000 }]) {
    const bytes = 1_500 * sizes.average;
    const count = countOf(new Chunker(secret, sizes), random, bytes);
    // The deviation of one length is half of the average: that of the mean of 1500 is 1.3% of it.
    const mean = bytes / count;
    assert(Math.abs(mean / sizes.average - 1) < 0.06, `mean ${mean} for ${sizes.average}`);
  }
});

test('a byte inserted, removed or changed costs about a chunk', (t) => {
  const random = seededRandom(t);
  const bytes = bytesOf(random, 2_000_000);
  const chunker = new Chunker(secret, small);
  const known = new Set(copies(chunker, [bytes]).map(digest));
  let fresh = 0;
  const rounds = 20;
  for (let round = 0; round < rounds; round += 1) {
    const at = random.integer(bytes.length);
    const edits = [
      [bytes.subarray(0, at), Buffer.from('x'), bytes.subarray(at)],
      [bytes.subarray(0, at), bytes.subarray(at + 1)],
    ];
    for (const pieces of edits)
      fresh += copies(chunker, pieces).filter((chunk) => !known.has(digest(chunk))).length;
  }
  assert(fresh / (2 * rounds) < 3, `${fresh / (2 * rounds)} new chunks for an edit`);
});

test('zeros are cut into chunks of one length, which is known beforehand', () => {
  // By the secret they are cut at the maximum, at the minimum, or behind the switch.
  const found = new Set<number>();
  for (let first = 0; first < 1_500; first += 1) {
    const name = Buffer.alloc(32, `${first}`);
    const chunker = new Chunker(name, { min: 65, average: 80, max: 160 });
    const zeros = Buffer.alloc(chunker.zeroChunkBytes * 3);
    assert.deepEqual(lengths(chunker, [zeros]), Array(3).fill(chunker.zeroChunkBytes), `secret ${first}`);
    found.add(chunker.zeroChunkBytes);
  }
  assert.equal(found.size, 3, `${[...found]}`);
});

test('another secret cuts elsewhere', (t) => {
  const bytes = bytesOf(seededRandom(t), 1_000_000);
  const one = ends(lengths(new Chunker(secret, small), [bytes]));
  const other = ends(lengths(new Chunker(Buffer.alloc(32, 6), small), [bytes]));
  const shared = other.filter((end) => one.includes(end)).length;
  assert(shared < one.length / 50, `${shared} of ${one.length} cuts are the same`);
});

test('cuts are what they have always been: a repository written before is deduplicated against', () => {
  const bytes = new SeededRandom(1).bytes(50_000);
  const expected = [8145, 5051, 3897, 4011, 5162, 5973, 4736, 3649, 4013, 1905, 3458];
  assert.deepEqual(lengths(new Chunker(secret, small), [bytes]), expected);
});

function bytesOf(random: SeededRandom, length: number): Buffer {
  return random.bytes(length);
}

/** Bytes of a few values in runs: what code tables and images look like. */
function runs(random: SeededRandom, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let offset = 0; offset < length; ) {
    const end = offset + 1 + random.integer(2_000);
    bytes.fill(random.integer(3), offset, Math.min(end, length));
    offset = end;
  }
  return bytes;
}

function inPieces(random: SeededRandom, bytes: Buffer): readonly Buffer[] {
  const longest = random.pick([10, 1_000, 100_000, bytes.length]);
  const pieces: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const end = offset + random.integer(longest) + (longest === 10 ? 990 : 0);
    pieces.push(bytes.subarray(offset, end));
    offset = end;
  }
  return pieces;
}

function lengths(chunker: Chunker, pieces: readonly Buffer[]): readonly number[] {
  return [...chunker.cut(pieces)].map((chunk) => chunk.length);
}

/** Chunks are valid until the next is asked for. */
function copies(chunker: Chunker, pieces: readonly Buffer[]): readonly Buffer[] {
  const found: Buffer[] = [];
  for (const chunk of chunker.cut(pieces)) found.push(Buffer.from(chunk));
  return found;
}

function countOf(chunker: Chunker, random: SeededRandom, bytes: number): number {
  function* noise() {
    // A block is different each time, and much cheaper than fresh noise.
    const block = random.bytes(1_000_003);
    for (let made = 0; made < bytes; made += block.length) {
      const shift = 1 + random.integer(255);
      for (let index = 0; index < block.length; index += 1) block[index]! += shift + (index & 1);
      yield block.subarray(0, Math.min(block.length, bytes - made));
    }
  }
  let count = 0;
  for (const _chunk of chunker.cut(noise())) count += 1;
  return count;
}

const digest = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('base64');

function ends(found: readonly number[]): readonly number[] {
  let end = 0;
  return found.map((length) => (end += length));
}
