import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock, Disk, DiskFile } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { BufferPool } from '../../data/reading/buffer-pool.ts';
import { answeringDisk } from './answering-disk.ts';
import { DriveAnswers } from './drive-answers.ts';

const withinMs = 1_000;
const path = '/drive/file';

/** A file on a drive whose calls take as long as `tookMs` says. */
function fileWith(
  work: (file: DiskFile, times: { tookMs: number }, clock: Clock) => Promise<void>,
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  return simulation.run(async () => {
    const { clock } = simulation;
    const times = { tookMs: 0 };
    const slow = () => clock.sleep(times.tookMs);
    const file = { path, read: () => slow().then(() => 4), write: slow } as unknown as DiskFile;
    const disk = { open: async () => file } as unknown as Disk;
    const answers = new DriveAnswers({ clock, withinMs, callsMax: 2 });
    await work(await answeringDisk(disk, answers).open(path, 'write'), times, clock);
  });
}

for (const [name, call] of [
  ['write', (file: DiskFile, memory: Buffer) => file.write([Buffer.from('head'), memory.subarray(2)], 0)],
  ['read', (file: DiskFile, memory: Buffer) => file.read(memory.subarray(2), 0)],
] as const) {
  test(`the memory of a ${name} that was given up is not used again, that of others is`, () =>
    fileWith(async (file, times, clock) => {
      const pool = new BufferPool({ bytes: 8, keptMax: 4 });
      const first = pool.take();
      await call(file, first);
      pool.give(first);
      assert.equal(pool.take(), first);
      times.tookMs = 2 * withinMs;
      await assert.rejects(call(file, first), { code: 'late' });
      pool.give(first);
      assert.notEqual(pool.take(), first, 'the kernel may still touch it');
      await clock.sleep(2 * withinMs);
      assert.notEqual(pool.take(), first);
    }));
}
