// Files written once: after a crash at any point they are absent or whole, and once acknowledged they stay.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '@cairn/world/simulated';
import { createFile, readFile } from './durable-file.ts';

const seeds = 300;
const wanted = Buffer.alloc(2_000, 'x');

test('a file is absent or whole after a crash at any time, and stays once it was acknowledged', async () => {
  const outcomes = { absent: 0, whole: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const simulation = new Simulation({ seed });
    await simulation.run(async () => {
      const machine = simulation.machine('node');
      await machine.world.disk.makeDirectory('data');
      const created = machine.orCrash(createFile(machine.world.disk, 'data/file', wanted));
      machine.schedule({ label: 'crash', delayMs: { min: 0, max: 20 } }, () => machine.crash());
      const { crashed } = await created;
      if (!crashed) machine.crash();
      const kept = await readFile(machine.restart().disk, 'data/file');
      if (!crashed) assert.ok(kept !== undefined, `seed ${seed}: an acknowledged file is gone`);
      if (kept !== undefined) assert.ok(kept.equals(wanted), `seed ${seed}: the file is not whole`);
      outcomes[kept === undefined ? 'absent' : 'whole']++;
    });
  }
  assert.ok(outcomes.absent > 10 && outcomes.whole > 10, JSON.stringify(outcomes));
});
