// What a small document of the service says of itself when something about it fails.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DiskError, type World } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import { z } from 'zod';
import { DurableDocument } from './durable-document.ts';

const place = { directory: 'data', file: 'document.json' };
const schema = z.strictObject({ name: z.string() });

/** A document that was written, on a disk of which one call fails then. */
function written(
  fails: Partial<World['disk']>,
  scenario: (documents: Record<'failing' | 'sound', DurableDocument<{ name: string }>>) => Promise<void>,
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  const { disk } = simulation.machine('node').world;
  const failingDisk = new Proxy(disk, {
    get(target, name) {
      const found = Reflect.get(fails, name) ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  const on = (each: World['disk']) => new DurableDocument({ world: { disk: each }, ...place, schema });
  return simulation.run(async () => {
    await on(disk).write({ name: 'home' });
    await scenario({ failing: on(failingDisk), sound: on(disk) });
  });
}

test('a folder that cannot be synced is told as it is: the document is not damaged, and stays', () => {
  const syncDirectory = (path: string) => Promise.reject(new DiskError('io', { operation: 'sync', path }));
  return written({ syncDirectory }, async ({ failing, sound }) => {
    const told: Error[] = [];
    const isOfFolder = (error: unknown) => error instanceof DiskError && error.path === place.directory;
    await assert.rejects(failing.read(), isOfFolder);
    await assert.rejects(
      failing.readOrRemove((error) => told.push(error)),
      isOfFolder,
    );
    assert.deepEqual(told, []);
    assert.deepEqual(await sound.read(), { name: 'home' });
  });
});

test('a document whose bytes the device cannot read is damaged', () => {
  const open = (path: string) => Promise.reject(new DiskError('io', { operation: 'read', path }));
  return written({ open }, async ({ failing }) => {
    await assert.rejects(failing.read(), { code: 'damaged' });
  });
});
