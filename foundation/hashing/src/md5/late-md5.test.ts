import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import { LateMd5 } from './late-md5.ts';
import { digestedLaterLengthMax, digestedLaterMax } from './limits.ts';
import { textsAtOnce } from './md5-kernel.ts';

const bodies = Array.from({ length: textsAtOnce + 2 }, (_, index) => `body ${index}`);
const expected = bodies.map((body) => hash('md5', body, 'hex'));
const onUnavailable = (error: unknown): never => {
  throw error;
};

test('regression: the code for many is made in the background, in turns that are short', async () => {
  // The first batch held the loop up for 15 to 40 ms.
  let turns = 0;
  const nextTurn = (callback: () => void): void => {
    turns++;
    setImmediate(callback);
  };
  const digests = new LateMd5({ nextTurn, onUnavailable });
  assert.deepEqual(digests.ofEach(bodies.slice(0, 2)), expected.slice(0, 2));
  await digests.settle();
  assert.equal(turns, 0, 'few do not need it');
  assert.deepEqual(digests.ofEach(bodies), expected);
  assert.equal(turns, 0, 'the first batch does not wait for it');
  await digests.settle();
  assert(turns > 60, `${turns} turns`);
  assert.deepEqual(digests.ofEach(bodies), expected);
});

test('digests that are wanted later are those of their bodies, whatever is taken first and whoever takes none', async () => {
  const digests = new LateMd5({ nextTurn: setImmediate, onUnavailable });
  const longest = 2 * digestedLaterLengthMax;
  for (let round = 0; round < 3; round++) {
    const given = Array.from({ length: 2 * digestedLaterMax + 3 }, (_, index) =>
      `${index}`.repeat(1 + index),
    );
    given.push('x'.repeat(longest));
    const laters = given.map((body) => digests.later(body));
    for (const index of [3, given.length - 1, 0, given.length - 2, 70])
      assert.equal(digests.take(laters[index]!), hash('md5', given[index]!, 'hex'));
    await digests.settle();
  }
});

test('bytes and texts are digested together, and bytes that nobody takes the digest of may change', async () => {
  const digests = new LateMd5({ nextTurn: setImmediate, onUnavailable });
  for (let round = 0; round < 3; round++) {
    const given = Array.from({ length: 20 }, (_, index) => Buffer.alloc(4_096 - round, index));
    const laters = given.map((bytes, index) => digests.later(index % 3 === 0 ? bytes.toString() : bytes));
    given[7]!.fill(99);
    for (const [index, later] of laters.entries())
      if (index !== 7) assert.equal(digests.take(later), hash('md5', given[index]!, 'hex'));
    await digests.settle();
  }
});

test('where the code cannot be made contents are hashed one by one, and that is told once', async () => {
  const told: unknown[] = [];
  const error = new Error('no turn');
  const nextTurn = (): void => {
    throw error;
  };
  const digests = new LateMd5({ nextTurn, onUnavailable: (reason) => void told.push(reason) });
  for (let batch = 0; batch < 2; batch++) {
    assert.deepEqual(digests.ofEach(bodies), expected);
    await digests.settle();
  }
  assert.deepEqual(told, [error]);
});

test('where making some together throws, who comes later has his digest all the same', () => {
  class Failing extends LateMd5 {
    override ofEach(contents: readonly unknown[]): readonly string[] {
      if (contents.length > 0) throw new Error('no memory');
      return [];
    }
  }
  const digests = new Failing({ nextTurn: setImmediate, onUnavailable });
  const [first, second] = [digests.later('first'), digests.later('second')];
  assert.throws(() => digests.take(first), /no memory/);
  assert.equal(digests.take(second), hash('md5', 'second', 'hex'));
});
