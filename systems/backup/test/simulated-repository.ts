// A repository in memory whose clock is a simulation's: leases and retries take no time.

import type { World } from '@cairn/world';
import { Simulation } from '@cairn/world/simulated';
import type { Repository } from '../src/core/repository.ts';
import { MemoryBlobs } from './memory-blobs.ts';
import { type MemoryRepositoryOptions, memoryRepository } from './memory-repository.ts';

export type SimulatedParts = {
  readonly repository: Repository;
  readonly blobs: MemoryBlobs;
  readonly world: World;
  readonly simulation: Simulation;
};

export async function simulatedRepository(
  work: (parts: SimulatedParts) => Promise<void>,
  options: Pick<MemoryRepositoryOptions, 'parameters'> = {},
): Promise<void> {
  const simulation = new Simulation({ seed: 1 });
  const { world } = simulation.machine('client');
  await simulation.run(async () => {
    const made = await memoryRepository({
      ...options,
      world,
      blobs: new MemoryBlobs({ clock: world.clock }),
    });
    await work({ ...made, simulation });
    await made.repository.close();
  });
}
