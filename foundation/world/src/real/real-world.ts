// The world of production: the machine's own clock, entropy, disk and threads.

import type { World } from '../world.ts';
import { realClock } from './real-clock.ts';
import { realDisk } from './real-disk.ts';
import { realExecutors } from './real-executor.ts';
import { realRandom } from './real-random.ts';

/** The world of this process. All callers share it; it holds no state besides what they open. */
export function realWorld(): World {
  return world;
}

const world: World = Object.freeze({
  clock: realClock,
  random: realRandom,
  disk: realDisk,
  executors: realExecutors,
});
