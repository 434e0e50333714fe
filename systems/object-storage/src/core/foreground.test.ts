import assert from 'node:assert/strict';
import test from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import { busyOperationsPerSecond } from '../limits.ts';
import { Foreground } from './foreground.ts';

test('clients are many while they begin so many operations a second, whoever asks and however often', async () => {
  const simulation = new Simulation({ seed: 1 });
  const { clock } = simulation.machine('storage').world;
  await simulation.run(async () => {
    const foreground = new Foreground(clock);
    const [often, rarely] = [foreground.watch(), foreground.watch()];
    assert.equal(often(), false);
    const everyMs = 1_000 / busyOperationsPerSecond;
    for (let count = 0; count < 10; count++) {
      await clock.sleep(everyMs);
      foreground.begun();
      assert.equal(often(), true);
    }
    assert.equal(rarely(), true);
    await clock.sleep(10 * everyMs);
    foreground.begun();
    assert.deepEqual([often(), rarely()], [false, false]);
    await clock.sleep(everyMs);
    assert.deepEqual([often(), rarely()], [false, false]);
  });
});
