import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { packsInShare, parseReadShare } from './read-share.ts';

const ids = Array.from({ length: 500 }, (_, n) => createHash('sha256').update(String(n)).digest('hex'));
const random = () => new SeededRandom(7);

test('a share is a percentage or a part', () => {
  assert.deepEqual(parseReadShare('5%'), { kind: 'percent', percent: 5 });
  assert.deepEqual(parseReadShare('0.5%'), { kind: 'percent', percent: 0.5 });
  assert.deepEqual(parseReadShare('3/10'), { kind: 'part', part: 3, parts: 10 });
  for (const text of [
    '',
    '5',
    '%',
    '0%',
    '101%',
    '-1%',
    '0/3',
    '4/3',
    '1/0',
    '1/9999999',
    '1/2/3',
    'all',
    '1e1%',
  ])
    assert.throws(() => parseReadShare(text), { code: 'invalid-argument' }, text);
});

test('the parts are disjoint and make up everything, and are the same each time', () => {
  const parts = Array.from({ length: 7 }, (_, n) =>
    packsInShare({ kind: 'part', part: n + 1, parts: 7 }, ids, random()),
  );
  assert.equal(
    parts.reduce((sum, part) => sum + part.size, 0),
    ids.length,
  );
  assert.equal(new Set(parts.flatMap((part) => [...part])).size, ids.length);
  assert(parts.every((part) => part.size > 30));
});

test('a percentage draws so many packs, others each time, and at least one', () => {
  const drawing = random();
  const first = packsInShare({ kind: 'percent', percent: 10 }, ids, drawing);
  const second = packsInShare({ kind: 'percent', percent: 10 }, ids, drawing);
  assert.equal(first.size, 50);
  assert.notDeepEqual(first, second);
  assert.equal(packsInShare({ kind: 'percent', percent: 0.01 }, ids, drawing).size, 1);
  assert.equal(packsInShare({ kind: 'percent', percent: 100 }, ids, drawing).size, ids.length);
  assert.equal(packsInShare({ kind: 'percent', percent: 5 }, [], drawing).size, 0);
  assert.equal(packsInShare({ kind: 'none' }, ids, drawing).size, 0);
  assert.equal(packsInShare({ kind: 'all' }, ids, drawing).size, ids.length);
});
