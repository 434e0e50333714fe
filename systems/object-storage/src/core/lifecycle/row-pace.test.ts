// The pace of a lifecycle pass.

import assert from 'node:assert/strict';
import test from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import { RowPace } from './row-pace.ts';

/** How long a number of pages take, of so many rows, each of which takes so long. */
async function timeOf(
  pages: number,
  {
    rows,
    tookMs,
    isBusy = false,
    isLate,
  }: { rows: number; tookMs: number; isBusy?: boolean; isLate?: boolean },
): Promise<number> {
  const { clock, run } = simulated();
  const pace = new RowPace({ clock, rowsPerSecond: 1_000, isBusy: () => isBusy });
  const { signal } = new AbortController();
  let spentMs = 0;
  await run(async () => {
    const startMs = clock.monotonicMs();
    for (let page = 0; page < pages; page++) {
      const sinceMs = clock.monotonicMs();
      await clock.sleep(tookMs);
      await pace.spend({ rows, sinceMs, ...(isLate !== undefined && { isLate }) }, signal);
    }
    spentMs = clock.monotonicMs() - startMs;
  });
  return spentMs;
}

function simulated() {
  const simulation = new Simulation({ seed: 1 });
  return {
    clock: simulation.machine('pace').world.clock,
    run: (body: () => Promise<void>) => simulation.run(body),
  };
}

test('so many rows take so long, however they are cut', async () => {
  for (const rows of [1, 10, 100]) {
    const tookMs = await timeOf(1_000 / rows, { rows, tookMs: 0 });
    assert(tookMs >= 990 && tookMs <= 1_200, `${rows} rows at a time: ${tookMs} ms`);
  }
});

test('what takes long is followed by a rest twice as long', async () => {
  const tookMs = await timeOf(10, { rows: 1, tookMs: 100 });
  assert(tookMs >= 2_990 && tookMs <= 3_100, `${tookMs} ms`);
});

test('while clients are many it goes on at a tenth of the pace, and is not slowed down further', async () => {
  const tookMs = await timeOf(10, { rows: 100, tookMs: 0, isBusy: true });
  assert(tookMs >= 9_990 && tookMs <= 10_200, `${tookMs} ms`);
  const slow = await timeOf(10, { rows: 1, tookMs: 100, isBusy: true });
  assert(slow >= 2_990 && slow <= 3_100, `${slow} ms`);
});

test('what is late goes at its full pace beside clients too', async () => {
  const tookMs = await timeOf(10, { rows: 100, tookMs: 0, isBusy: true, isLate: true });
  assert(tookMs >= 990 && tookMs <= 1_200, `${tookMs} ms`);
});

test('who is stopped rests no more', async () => {
  const { clock, run } = simulated();
  await run(async () => {
    const pace = new RowPace({ clock, rowsPerSecond: 1, isBusy: () => false });
    await assert.rejects(
      pace.spend({ rows: 1_000, sinceMs: 0 }, AbortSignal.abort(new Error('stopped'))),
      /stopped/,
    );
  });
});
