// The budget of a turn: work beyond it waits for the next turn, in order, and none is forgotten.

import assert from 'node:assert/strict';
import test from 'node:test';
import { TurnBudget } from './turn-budget.ts';

const budgetMs = 5;

function work(durationMs: number): void {
  for (const end = performance.now() + durationMs; performance.now() < end; );
}

test('many that come in one turn are spread over turns, in the order they came', async () => {
  const turns = new TurnBudget(budgetMs);
  let turn = 0;
  let counting = true;
  const count = () => {
    turn++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const done: { index: number; turn: number }[] = [];
  await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const wait = turns.turn();
      if (wait !== undefined) await wait;
      work(1);
      done.push({ index, turn });
    }),
  );
  counting = false;
  assert.deepEqual(
    done.map(({ index }) => index),
    Array.from({ length: 40 }, (_, index) => index),
  );
  const perTurn = Map.groupBy(done, (each) => each.turn);
  // Each does 1 ms; the one that is begun last may begin just before the budget ends.
  for (const [turn, each] of perTurn) assert(each.length <= budgetMs + 1, `${each.length} in turn ${turn}`);
});

test('who has a callback waits in the same order as who has a promise', async () => {
  const turns = new TurnBudget(budgetMs);
  const done: string[] = [];
  assert.equal(
    turns.later(() => done.push('never')),
    false,
  );
  work(budgetMs);
  const first = turns.turn()!.then(() => done.push('first'));
  const second = new Promise<void>((resolve) => {
    assert(
      turns.later(() => {
        done.push('second');
        resolve();
      }),
    );
  });
  await Promise.all([first, second, turns.turn()!.then(() => done.push('third'))]);
  assert.deepEqual(done, ['first', 'second', 'third']);
});

test('after work that used the budget the next one waits, and then there is a budget again', async () => {
  const turns = new TurnBudget(budgetMs);
  assert.equal(turns.turn(), undefined);
  work(budgetMs);
  const waits = turns.turn();
  assert(waits instanceof Promise);
  assert(turns.turn() instanceof Promise, 'nobody passes those who wait');
  await waits;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(turns.turn(), undefined);
});

test('nobody waits where work comes a little at a time, however long it goes on', async (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const turns = new TurnBudget(budgetMs);
  for (let turn = 0; turn < 20; turn++) {
    assert.equal(turns.turn(), undefined, `turn ${turn}`);
    nowMs += budgetMs / 4;
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('regression: who comes after a pause does not wait', async (t) => {
  // The pause was taken for work: each request that came alone took a turn more of the loop.
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const turns = new TurnBudget(budgetMs);
  const pausesMs = 2 * budgetMs;
  let sleptMs = performance.nodeTiming.idleTime;
  for (let count = 0; count < 3; count++) {
    await new Promise((resolve) => setTimeout(resolve, pausesMs));
    const { idleTime } = performance.nodeTiming;
    nowMs += idleTime - sleptMs;
    sleptMs = idleTime;
    assert.equal(turns.turn(), undefined, `after ${nowMs} ms`);
  }
  assert(nowMs > pausesMs, `${nowMs} ms`);
});
