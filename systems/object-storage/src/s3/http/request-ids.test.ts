// Ids of requests: in the form that clients quote, and none twice.

import assert from 'node:assert/strict';
import test from 'node:test';
import { acceptRequestId } from '@cairn/telemetry';
import { SeededRandom } from '@cairn/world/simulated';
import { RequestIds } from './request-ids.ts';

test('ids have one form and none comes twice', () => {
  const ids = new RequestIds(new SeededRandom(1));
  const given = Array.from({ length: 5_000 }, () => ids.next());
  assert.equal(new Set(given).size, given.length);
  for (const id of given) {
    assert.match(id, /^[0-9A-HJKMNP-TV-Z]{16}$/);
    assert.equal(acceptRequestId(id), id);
  }
});

test('processes begin apart, and a number that comes round does not repeat an id', () => {
  const last = { bytes: () => Buffer.alloc(0), integer: (below: number) => below - 1 };
  const ids = new RequestIds(last);
  const [before, after] = [ids.next(), ids.next()];
  assert.deepEqual([before.slice(8), after.slice(8)], ['00ZZZZZZ', '01000000']);
  const others = [1, 2].map((seed) => new RequestIds(new SeededRandom(seed)).next().slice(0, 8));
  assert.notEqual(others[0], others[1]);
});
