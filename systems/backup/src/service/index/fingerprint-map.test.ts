import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { FingerprintMap, keyBytes } from './fingerprint-map.ts';

const isLive = () => true;

test('random operations do what they do to a map', (context) => {
  const random = seeded(context);
  const map = new FingerprintMap();
  const model = new Map<string, number>();
  const keys = random.bytes(3_000 * keyBytes);
  for (let key = 0; key < 3_000; key += 3) keys[key * keyBytes] = 7; // a bucket that grows
  for (let step = 0; step < 20_000; step++) {
    const offset = random.integer(3_000) * keyBytes;
    const key = keys.toString('latin1', offset, offset + keyBytes);
    if (random.integer(2) === 0) {
      const value = 1 + random.integer(2 ** 31);
      map.set(keys, offset, { value, isLive });
      model.set(key, value);
    }
    assert.equal(map.get(keys, offset), model.get(key) ?? 0, `step ${step}`);
  }
  assert.equal(map.size, model.size);
  const found = new Map<string, number>();
  for (let bucket = 0; bucket < FingerprintMap.bucketCount; bucket++) {
    const { keys: inBucket, values } = map.entriesOf(bucket);
    values.forEach((value, entry) => {
      found.set(Buffer.from(inBucket).toString('latin1', entry * keyBytes, (entry + 1) * keyBytes), value);
    });
  }
  assert.deepEqual(found, model);
});

test('keys that differ in their last bit, and a key of zeros, are apart', () => {
  const map = new FingerprintMap();
  const keys = Buffer.alloc(3 * keyBytes);
  keys[2 * keyBytes - 1] = 1;
  keys[2 * keyBytes] = 0;
  map.set(keys, 0, { value: 1, isLive });
  assert.deepEqual([map.get(keys, 0), map.get(keys, keyBytes)], [1, 0]);
  map.set(keys, keyBytes, { value: 2, isLive });
  assert.deepEqual([map.get(keys, 0), map.get(keys, keyBytes), map.size], [1, 2, 2]);
});

test('what is dead goes when its bucket grows, what moved away when it is told', () => {
  const map = new FingerprintMap();
  const random = new SeededRandom(1);
  const keys = random.bytes(4_000 * keyBytes);
  for (let key = 0; key < 4_000; key++) keys[key * keyBytes] = 9;
  const onlyEven = (value: number) => value % 2 === 0;
  for (let key = 0; key < 4_000; key++) map.set(keys, key * keyBytes, { value: key + 1, isLive: onlyEven });
  assert(map.size < 3_000, `${map.size} entries of 2,000 that count`);
  for (let key = 1; key < 4_000; key += 2) assert.equal(map.get(keys, key * keyBytes), key + 1);
  for (const _ of map.retain((key) => key[1]! < 128));
  for (let key = 1; key < 4_000; key += 2) {
    assert.equal(map.get(keys, key * keyBytes), keys[key * keyBytes + 1]! < 128 ? key + 1 : 0);
  }
});

function seeded(context: { diagnostic(message: string): void }): SeededRandom {
  const seed = Number(process.env.BACKUP_SEED ?? randomInt(2 ** 32));
  context.diagnostic(`BACKUP_SEED=${seed}`);
  return new SeededRandom(seed);
}
