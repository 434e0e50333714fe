// Against the plainest model there is: a list that is sorted when something is wanted of it.

import assert from 'node:assert/strict';
import test from 'node:test';
import { SeededRandom } from '@cairn/world/simulated';
import { TimingWheel, type WheelEntry } from './timing-wheel.ts';

const start = Date.UTC(2026, 0, 1);

test('what is due comes in the order of due times, then of additions', () => {
  const wheel = new TimingWheel<string>(start);
  wheel.add(start + 70_000, 'late');
  wheel.add(start + 300, 'first of two');
  wheel.add(start - 5, 'overdue');
  wheel.add(start + 300, 'second of two');
  wheel.add(start - 7, 'longer overdue');
  assert.equal(wheel.nextDue(), start - 7);
  assert.deepEqual(wheel.advance(start), ['longer overdue', 'overdue']);
  assert.equal(wheel.nextDue(), start + 300);
  assert.deepEqual(wheel.advance(start + 299), []);
  assert.deepEqual(wheel.advance(start + 80_000), ['first of two', 'second of two', 'late']);
  assert.equal(wheel.nextDue(), undefined);
});

test('what is due years from now is kept, and comes on its millisecond', () => {
  const wheel = new TimingWheel<string>(start);
  const due = start + 5 * 365 * 86_400_000 + 1;
  wheel.add(due, 'far');
  wheel.add(due + 2 ** 33, 'farther');
  assert.deepEqual(wheel.advance(due - 1), []);
  assert.equal(wheel.nextDue(), due);
  assert.deepEqual(wheel.advance(due), ['far']);
  assert.equal(wheel.nextDue(), due + 2 ** 33);
});

test('what is removed does not come, and may be removed again', () => {
  const wheel = new TimingWheel<string>(start);
  const entry = wheel.add(start + 1, 'gone');
  wheel.remove(entry);
  wheel.remove(entry);
  assert.deepEqual([wheel.nextDue(), wheel.advance(start + 10)], [undefined, []]);
  wheel.remove(entry);
});

type Known = { readonly due: number; readonly item: number; readonly entry: WheelEntry<number> };

/** Random additions, removals and steps of every size, each answer as a sorted list gives it. */
function compare(seed: number): void {
  const random = new SeededRandom(seed);
  let now = start + random.integer(2 ** 20);
  const wheel = new TimingWheel<number>(now);
  let known: Known[] = [];
  const span = () => random.integer(random.pick([4, 300, 70_000, 20_000_000, 2 ** 31, 2 ** 34]));
  for (let step = 0; step < 300; step++) {
    const dice = random.integer(10);
    if (dice < 6) {
      const due = now + span() - 3;
      known.push({ due, item: step, entry: wheel.add(due, step) });
    } else if (dice < 7 && known.length > 0) {
      const { entry } = known.splice(random.integer(known.length), 1)[0]!;
      wheel.remove(entry);
    } else {
      now += span();
      const due = known.filter((each) => each.due <= now).sort((a, b) => a.due - b.due || a.item - b.item);
      known = known.filter((each) => each.due > now);
      assert.deepEqual(
        wheel.advance(now),
        due.map(({ item }) => item),
        `seed ${seed}, step ${step}`,
      );
      assert.equal(wheel.now, now);
    }
    const next = known.length === 0 ? undefined : Math.min(...known.map(({ due }) => due));
    assert.equal(wheel.nextDue(), next, `seed ${seed}, step ${step}`);
  }
}

test('additions, removals and steps of every size give what a sorted list gives', () => {
  for (let seed = 1; seed <= 200; seed++) compare(seed);
});
