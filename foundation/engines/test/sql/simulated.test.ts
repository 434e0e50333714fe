// The simulated engine against the conformance suite, in virtual time, under a seed per test.

import { openSimulatedSql } from '@cairn/engines';
import { Simulation } from '@cairn/world/simulated';
import { sqlConformance } from './conformance.ts';

let seed = 0;

sqlConformance({
  name: 'simulated',
  async run(_, scenario) {
    seed += 1;
    const simulation = new Simulation({ seed });
    const machine = simulation.machine('node');
    await simulation.run(() => scenario((store) => openSimulatedSql(machine, store)));
  },
});
