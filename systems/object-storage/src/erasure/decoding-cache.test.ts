import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parityRows } from './cauchy-matrix.ts';
import { DecodingCache, decodingsMax } from './decoding-cache.ts';

const shape = { dataShards: 8, parityShards: 4 };
const newCache = () => new DecodingCache({ dataShards: 8, parityRows: parityRows(shape) });

test('what was lost and is wanted decide: the same again is not computed again', () => {
  const cache = newCache();
  const first = cache.decodingOf({ lost: [1, 9], wanted: [1] });
  assert.equal(cache.decodingOf({ lost: [1, 9], wanted: [1] }), first);
  assert.notDeepEqual(cache.decodingOf({ lost: [1, 9], wanted: [1, 9] }), first);
  assert.notDeepEqual(cache.decodingOf({ lost: [1, 8], wanted: [1] }), first);
});

test('so many are remembered and no more; what was used longest ago goes', () => {
  const cache = newCache();
  const often = cache.decodingOf({ lost: [0], wanted: [0] });
  const once = cache.decodingOf({ lost: [1], wanted: [1] });
  for (const loss of allPairs()) {
    cache.decodingOf(loss);
    assert.equal(cache.decodingOf({ lost: [0], wanted: [0] }), often);
    assert(cache.size <= decodingsMax);
  }
  assert.equal(cache.size, decodingsMax);
  assert.notEqual(cache.decodingOf({ lost: [1], wanted: [1] }), once);
});

/** More losses than are remembered. */
function allPairs() {
  const shards = Array.from({ length: 12 }, (_, index) => index);
  return shards.flatMap((first) =>
    shards.slice(first + 1).map((second) => ({ lost: [first, second], wanted: [first, second] })),
  );
}
