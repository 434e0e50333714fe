// After a crash at any point a file is that of before or that of after, and once acknowledged or read it stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReplacedFile, replaceFile } from './replaced-file.ts';
import { Simulation } from './simulated/simulation.ts';

const seeds = 300;
const wanted = Buffer.alloc(2_000, 'x');

test('a file is absent or whole after a crash at any time, and stays once it was acknowledged', async () => {
  const outcomes = { absent: 0, whole: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const simulation = new Simulation({ seed });
    await simulation.run(async () => {
      const machine = simulation.machine('node');
      await machine.world.disk.makeDirectory('data');
      const created = machine.orCrash(replaceFile(machine.world.disk, 'data/file', wanted));
      machine.schedule({ label: 'crash', delayMs: { min: 0, max: 20 } }, () => machine.crash());
      const { crashed } = await created;
      if (!crashed) machine.crash();
      const kept = await readReplacedFile(machine.restart().disk, 'data/file');
      if (!crashed) assert.ok(kept !== undefined, `seed ${seed}: an acknowledged file is gone`);
      if (kept !== undefined) assert.ok(kept.equals(wanted), `seed ${seed}: the file is not whole`);
      outcomes[kept === undefined ? 'absent' : 'whole']++;
    });
  }
  assert.ok(outcomes.absent > 10 && outcomes.whole > 10, JSON.stringify(outcomes));
});

test('what was read stays through a loss of power, although who wrote it was killed before it was durable', async () => {
  const outcomes = { old: 0, new: 0 };
  for (let seed = 1; seed <= seeds; seed++) {
    const simulation = new Simulation({ seed });
    await simulation.run(async () => {
      const machine = simulation.machine('node');
      await machine.world.disk.makeDirectory('data');
      await replaceFile(machine.world.disk, 'data/file', Buffer.from('old'));
      const replaced = machine.orCrash(replaceFile(machine.world.disk, 'data/file', Buffer.from('new')));
      const killing = { label: 'kill', delayMs: { min: 0, max: 20 } };
      machine.schedule(killing, () => machine.crash({ powerLoss: false }));
      const { crashed } = await replaced;
      if (!crashed) machine.crash({ powerLoss: false });
      const read = String(await readReplacedFile(machine.restart().disk, 'data/file'));
      machine.crash({ powerLoss: true });
      const kept = String(await readReplacedFile(machine.restart().disk, 'data/file'));
      assert.equal(kept, read, `seed ${seed}`);
      outcomes[read as 'old' | 'new']++;
    });
  }
  assert.ok(outcomes.old > 10 && outcomes.new > 10, JSON.stringify(outcomes));
});
