// The worlds that a conformance test runs in: the real one on a temporary folder, and a simulated machine.

import { temporaryDirectory } from '@cairn/testing';
import { realWorld, type World } from '../src/index.ts';
import { Simulation } from '../src/simulated.ts';

type CleanUp = { after(cleanUp: () => Promise<void>): void };

export type WorldUnderTest = {
  readonly name: string;
  /** Runs the body with a world and an empty folder in it. */
  run(test: CleanUp, body: (world: World, directory: string) => Promise<void>): Promise<void>;
};

export const worldsUnderTest: readonly WorldUnderTest[] = [
  {
    name: 'real',
    run: async (test, body) => body(realWorld(), await temporaryDirectory(test)),
  },
  {
    name: 'simulated',
    run: (_test, body) => {
      const simulation = new Simulation({ seed: 7 });
      return simulation.run(async () => {
        const { world } = simulation.machine('node-1');
        await world.disk.makeDirectory('/data');
        await body(world, '/data');
      });
    },
  },
];
