// The world: everything a stateful core may touch besides its arguments.
//
// A core takes one `World` and uses nothing else for time, timers, randomness, files or threads: no Date.now(), no
// Math.random(), no node:fs. Production passes `realWorld()`, tests pass one process of a `Simulation`, where one seed
// decides every delay, fault and crash, so that one seed replays one failure exactly.

import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { Executors } from './executor.ts';
import type { Random } from './random.ts';

export type World = {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly executors: Executors;
};
