import assert from 'node:assert/strict';
import { hash, randomInt } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { seededBytes } from '../test/seeded-bytes.ts';
import { BloomFilter, InvalidBloomFilter } from './bloom-filter.ts';
import { expectedRate } from './bloom-geometry.ts';

const keyBytes = 32;

test('a filter never denies what was added, at any size and rate', (context) => {
  const random = seeded(context);
  for (let round = 0; round < 30; round++) {
    const keysMax = 1 + random.integer(5_000);
    const filter = BloomFilter.for({
      keysMax,
      falsePositiveRate: [0.5, 0.1, 0.01, 0.0001][random.integer(4)]!,
    });
    const keys = random.bytes(keysMax * keyBytes);
    for (let at = 0; at < keys.length; at += keyBytes) filter.add(keys, at);
    for (let at = 0; at < keys.length; at += keyBytes) assert(filter.has(keys, at));
    assert.equal(filter.keyCount, keysMax);
  }
});

test('a full filter says yes to what it does not hold at most as often as was asked for', (context) => {
  const random = seeded(context);
  for (const falsePositiveRate of [0.1, 0.01, 0.001]) {
    const keysMax = 200_000;
    const filter = filled(keysMax, { falsePositiveRate, random });
    const others = random.bytes(keysMax * keyBytes);
    let wrong = 0;
    for (let at = 0; at < others.length; at += keyBytes) if (filter.has(others, at)) wrong += 1;
    const measured = wrong / keysMax;
    context.diagnostic(
      `${falsePositiveRate}: measured ${measured}, ${(filter.sizeBytes * 8) / keysMax} bits a key`,
    );
    const deviation = Math.sqrt(falsePositiveRate / keysMax);
    assert(measured < falsePositiveRate * 1.02 + 4 * deviation, `${measured} for ${falsePositiveRate}`);
    assert(
      measured > falsePositiveRate * 0.7,
      `${measured} for ${falsePositiveRate}: larger than it has to be`,
    );
  }
});

test('one percent costs less than eleven bits a key', () => {
  const { sizeBytes } = BloomFilter.for({ keysMax: 10_000_000, falsePositiveRate: 0.01 });
  assert(sizeBytes < 10_000_000 * (11 / 8), `${sizeBytes} bytes`);
  assert(expectedRate(10.5, 7) < 0.01 && expectedRate(9, 6) > 0.01);
});

test('a filter is read back as it was, and what changed in it or is missing is found', (context) => {
  const random = seeded(context);
  const filter = filled(1_000, { falsePositiveRate: 0.01, random });
  const bytes = filter.serialise();
  const again = BloomFilter.parse(bytes);
  const others = random.bytes(1_000 * keyBytes);
  for (let at = 0; at < others.length; at += keyBytes)
    assert.equal(again.has(others, at), filter.has(others, at));
  assert.deepEqual(again.serialise(), bytes);
  for (let round = 0; round < 500; round++) {
    const altered = Buffer.from(bytes);
    altered[random.integer(bytes.length)]! ^= 1 << random.integer(8);
    assert.throws(() => BloomFilter.parse(altered), InvalidBloomFilter);
    assert.throws(
      () => BloomFilter.parse(bytes.subarray(0, random.integer(bytes.length))),
      InvalidBloomFilter,
    );
    assert.throws(() => BloomFilter.parse(random.bytes(random.integer(300))), InvalidBloomFilter);
  }
});

test('the serialised form does not change', () => {
  const filter = BloomFilter.for({ keysMax: 100, falsePositiveRate: 0.01 });
  for (let key = 0; key < 100; key++) filter.add(hash('sha256', `${key}`, 'buffer'));
  assert.equal(
    hash('sha256', filter.serialise(), 'hex'),
    'e59fe7b2aa69622326590fd2ff930baeeed2d3b3472b7a7cc6494a4d3282ae9a',
  );
});

test('a union holds what both hold', (context) => {
  const random = seeded(context);
  const options = { keysMax: 2_000, falsePositiveRate: 0.01 };
  const [left, right] = [BloomFilter.for(options), BloomFilter.for(options)];
  const keys = random.bytes(2_000 * keyBytes);
  for (let key = 0; key < 2_000; key++) (key % 2 === 0 ? left : right).add(keys, key * keyBytes);
  left.union(right);
  for (let at = 0; at < keys.length; at += keyBytes) assert(left.has(keys, at));
  assert.equal(left.keyCount, 2_000);
  assert(left.fill > 0.35 && left.fill < 0.55, `half of its bits are set, not ${left.fill}`);
  assert.throws(() => left.union(BloomFilter.for({ ...options, keysMax: 9_000 })), /one size and rate/);
});

test('options that cannot be are mistakes of the program', () => {
  for (const falsePositiveRate of [0, 1, -1, Number.NaN])
    assert.throws(() => BloomFilter.for({ keysMax: 10, falsePositiveRate }), /between 0.000001 and 1/);
  assert.throws(() => BloomFilter.for({ keysMax: 0, falsePositiveRate: 0.01 }), /1 to/);
});

function filled(
  keysMax: number,
  { falsePositiveRate, random }: { falsePositiveRate: number; random: ReturnType<typeof seededBytes> },
): BloomFilter {
  const filter = BloomFilter.for({ keysMax, falsePositiveRate });
  const keys = random.bytes(keysMax * keyBytes);
  for (let at = 0; at < keys.length; at += keyBytes) filter.add(keys, at);
  return filter;
}

function seeded(context: TestContext) {
  const seed = Number(process.env.HASHING_SEED ?? randomInt(2 ** 32));
  context.diagnostic(`HASHING_SEED=${seed}`);
  return seededBytes(seed);
}
