import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from './seeded-random.ts';

test('one seed and stream give one sequence, and it never changes between versions', () => {
  const draw = (random: SeededRandom) => Array.from({ length: 3 }, () => random.next32());
  assert.deepEqual(draw(new SeededRandom(42)), draw(new SeededRandom(42)));
  assert.notDeepEqual(draw(new SeededRandom(42)), draw(new SeededRandom(43)));
  assert.notDeepEqual(draw(new SeededRandom(42)), draw(new SeededRandom(42).stream('disk')));
  assert.deepEqual(draw(new SeededRandom(42).stream('disk')), draw(new SeededRandom(42, '/disk')));
  assert.deepEqual(draw(new SeededRandom(42)), [3792840668, 1421306600, 3224434297]);
});

test('integers are uniform and below their bound', () => {
  const random = new SeededRandom(1);
  const counts = Array.from({ length: 7 }, () => 0);
  for (let i = 0; i < 70_000; i += 1) counts[random.integer(7)]! += 1;
  for (const count of counts) assert(Math.abs(count - 10_000) < 500, `drawn ${counts}`);
  assert.equal(random.integer(1), 0);
  const wide = Array.from({ length: 1000 }, () => random.integer(2 ** 48));
  assert(wide.every((value) => Number.isInteger(value) && value >= 0 && value < 2 ** 48));
  assert(wide.some((value) => value > 2 ** 47) && wide.some((value) => value < 2 ** 46));
});

test('a bound that is no integer from 1 to 2^48 is refused', () => {
  for (const below of [0, -1, 1.5, 2 ** 48 + 1, Number.NaN]) {
    assert.throws(() => new SeededRandom(1).integer(below), /from 1 to 2\^48/);
  }
});

test('a chance of 0 draws nothing, so that a fault switched off changes no other choice', () => {
  const [one, two] = [new SeededRandom(9), new SeededRandom(9)];
  assert.equal(one.chance(0), false);
  assert.equal(one.next32(), two.next32());
  assert.equal(one.chance(1), true);
});

test('between and pick stay inside what they were given', () => {
  const random = new SeededRandom(3);
  const drawn = new Set(Array.from({ length: 100 }, () => random.between({ min: 3, max: 5 })));
  assert.deepEqual([...drawn].sort(), [3, 4, 5]);
  assert.equal(random.pick(['only']), 'only');
  assert.equal(random.bytes(10).length, 10);
});
