import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { seededBytes } from '../test/seeded-bytes.ts';
import { HashRing } from './hash-ring.ts';

const keys = Array.from({ length: 8_000 }, (_, index) => `key ${index}`);

test('a ring of one node gives it everything', () => {
  const ring = new HashRing([{ name: 'only' }], { virtualNodes: 1 });
  assert(keys.every((key) => ring.owner(key) === 'only'));
  assert.deepEqual(ring.owners('x', 3), ['only']);
});

test('the owners that were stored stay the owners: positions never change', () => {
  const ring = new HashRing([{ name: 'a' }, { name: 'b' }, { name: 'c', weight: 2 }], { virtualNodes: 16 });
  assert.equal(
    Array.from({ length: 24 }, (_, index) => ring.owner(`key ${index}`)).join(''),
    'cccabbcbcccbcccaaaaccaac',
  );
  const hashes = Buffer.from(
    Array.from({ length: 24 * 16 }, (_, index) => (index * 167 + (index >> 4) * 31) & 255),
  );
  assert.equal(
    Array.from({ length: 24 }, (_, index) => ring.nodes[ring.ownerOfHash(hashes, index * 16)]!.name).join(''),
    'caaabcacaccabcabcaccbbbc',
  );
});

test('the order in which nodes are given does not matter', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
  const [ring, other] = [new HashRing(nodes), new HashRing(nodes.toReversed())];
  for (const key of keys) assert.equal(ring.owner(key), other.owner(key));
});

test('a node that comes takes its share from all others and moves nothing between them', (context) => {
  const random = seeded(context);
  for (let round = 0; round < 3; round++) {
    const names = Array.from(
      { length: 2 + random.integer(8) },
      (_, index) => `node ${index} of ${random.integer(99)}`,
    );
    const ring = new HashRing(names.map((name) => ({ name })));
    const grown = ring.with({ name: 'new' });
    const moved = keys.filter((key) => ring.owner(key) !== grown.owner(key));
    assert(moved.every((key) => grown.owner(key) === 'new'));
    const share = moved.length / keys.length;
    const fair = 1 / (names.length + 1);
    assert(share > fair * 0.7 && share < fair * 1.3, `${share} of the keys moved, ${fair} would be fair`);
    assert.equal(new Set(moved.map((key) => ring.owner(key))).size, names.length, 'every node gives some');
    const shrunk = grown.without('new');
    for (const key of keys.slice(0, 500)) assert.equal(shrunk.owner(key), ring.owner(key));
  }
});

test('shares follow the weights', () => {
  const ring = new HashRing([{ name: 'a' }, { name: 'b', weight: 3 }, { name: 'c', weight: 0.5 }]);
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(ring.owner(key), (counts.get(ring.owner(key)) ?? 0) + 1);
  for (const { name, weight = 1 } of ring.nodes) {
    const share = counts.get(name)! / keys.length;
    assert(Math.abs(share / (weight / 4.5) - 1) < 0.25, `${name} of weight ${weight} has ${share}`);
  }
});

test('keys that are hashes have the owner that a search through all points finds', (context) => {
  const random = seeded(context);
  const ring = new HashRing([{ name: 'a' }, { name: 'b' }, { name: 'c' }], { virtualNodes: 5 });
  const counts = [0, 0, 0];
  for (let round = 0; round < 3_000; round++) {
    const bytes = random.bytes(40);
    const offset = random.integer(24);
    const owner = ring.ownerOfHash(bytes, offset);
    assert.equal(owner, ring.ownerOfHash(bytes.subarray(offset)));
    counts[owner]! += 1;
  }
  assert(
    counts.every((count) => count > 0),
    `${counts}`,
  );
  const [lowest, highest] = [Buffer.alloc(16), Buffer.alloc(16, 255)];
  assert.equal(ring.ownerOfHash(highest), ring.ownerOfHash(lowest), 'behind the last point comes the first');
});

test('replicas are different nodes, the owner first, and survive the loss of one', () => {
  const ring = new HashRing(['a', 'b', 'c', 'd'].map((name) => ({ name })));
  for (const key of keys.slice(0, 200)) {
    const owners = ring.owners(key, 3);
    assert.equal(owners[0], ring.owner(key));
    assert.equal(new Set(owners).size, 3);
    assert.deepEqual(ring.without(owners[0]!).owners(key, 2), owners.slice(1), 'the next one takes over');
  }
  assert.equal(ring.owners('x', 9).length, 4);
});

test('rings that cannot be are mistakes of the program', () => {
  assert.throws(() => new HashRing([]), /at least one node/);
  assert.throws(() => new HashRing([{ name: 'a' }, { name: 'a' }]), /different names/);
  assert.throws(() => new HashRing([{ name: 'a', weight: 0 }]), /above 0/);
  assert.throws(() => new HashRing([{ name: 'a' }], { virtualNodes: 0 }), /at least one point/);
});

function seeded(context: TestContext) {
  const seed = Number(process.env.HASHING_SEED ?? randomInt(2 ** 32));
  context.diagnostic(`HASHING_SEED=${seed}`);
  return seededBytes(seed);
}
