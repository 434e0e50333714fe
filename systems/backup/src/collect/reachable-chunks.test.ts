import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../test/seeded-random.ts';
import { ReachableChunks } from './reachable-chunks.ts';

test('it holds what was added and nothing else, while it grows', (t) => {
  const random = seededRandom(t);
  const added = random.bytes(32 * 20_000);
  const others = random.bytes(32 * 20_000);
  const chunks = new ReachableChunks();
  for (let at = 0; at < added.length; at += 32) {
    assert.equal(chunks.add(added, at), true, `chunk ${at / 32} is new`);
    assert.equal(chunks.add(added, at), false, `chunk ${at / 32} is not new twice`);
  }
  assert.equal(chunks.size, 20_000);
  for (let at = 0; at < added.length; at += 32) {
    assert.equal(chunks.has(added, at), true, `chunk ${at / 32}`);
    assert.equal(chunks.has(others, at), false, `other ${at / 32}`);
  }
});

test('fingerprints that begin with the same eight bytes are one, and with eight zeros always reached', () => {
  const chunks = new ReachableChunks();
  const one = Buffer.alloc(32, 7);
  const other = Buffer.concat([one.subarray(0, 8), Buffer.alloc(24, 8)]);
  assert.equal(chunks.has(Buffer.alloc(32)), true);
  chunks.add(one, 0);
  assert.equal(chunks.has(other), true);
  const half = Buffer.concat([one.subarray(0, 4), Buffer.alloc(28)]);
  assert.equal(chunks.has(half), false);
});
