import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import { Pace } from './pace.ts';

describe('the pace of compaction', () => {
  test('bytes take the time that their rate gives them', async () => {
    const simulation = new Simulation({ seed: 1 });
    await simulation.run(async () => {
      const { clock } = simulation.machine('broker').world;
      const signal = new AbortController().signal;
      const pace = new Pace({ clock, bytesPerSecond: 1_000_000, signal });
      const since = clock.monotonicMs();
      for (let count = 0; count < 100; count++) await pace.take(10_000);
      const tookMs = clock.monotonicMs() - since;
      assert.ok(tookMs >= 990 && tookMs < 1_200, `${tookMs} ms`);
    });
  });

  test('a turn ends after a few milliseconds, whatever is done in it', async () => {
    let nowMs = 0;
    let turnSinceMs = 0;
    let longestMs = 0;
    const clock = {
      nowMs: () => nowMs,
      monotonicMs: () => nowMs,
      setTimer: () => ({ cancel: () => {} }),
      nextTurn: setImmediate,
      sleep: async () => {
        longestMs = Math.max(longestMs, nowMs - turnSinceMs);
        turnSinceMs = nowMs;
      },
    };
    const pace = new Pace({ clock, bytesPerSecond: 1e9, signal: new AbortController().signal });
    for (let record = 0; record < 64_000; record++) {
      nowMs += 0.01;
      await pace.pause();
    }
    assert.ok(longestMs > 0 && longestMs < 10, `a turn took ${longestMs} ms`);
  });

  test('ends when it is told to', async () => {
    const simulation = new Simulation({ seed: 1 });
    await simulation.run(async () => {
      const { clock } = simulation.machine('broker').world;
      const stop = new AbortController();
      const pace = new Pace({ clock, bytesPerSecond: 1, signal: stop.signal });
      const waiting = pace.take(1_000_000);
      stop.abort(new Error('it ends'));
      await assert.rejects(waiting, { message: 'it ends' });
    });
  });
});
