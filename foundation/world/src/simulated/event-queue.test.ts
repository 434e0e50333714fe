import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventQueue } from './event-queue.ts';
import { SeededRandom } from './seeded-random.ts';

test('events come out by time, rank and sequence, as a sort of them would have it', () => {
  const random = new SeededRandom(8);
  const events = Array.from({ length: 2000 }, (_, sequence) => ({
    timeMs: random.integer(50),
    rank: random.integer(3),
    sequence,
    cancelled: random.chance(1 / 5),
  }));
  const queue = new EventQueue<(typeof events)[number]>();
  for (const event of events) queue.push(event);
  const expected = events
    .filter((event) => !event.cancelled)
    .sort((a, b) => a.timeMs - b.timeMs || a.rank - b.rank || a.sequence - b.sequence);
  assert.deepEqual(
    expected.map(() => queue.pop()),
    expected,
  );
  assert.equal(queue.pop(), undefined);
});
