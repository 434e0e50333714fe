// Blobs before whose calls a process sometimes stands still, so that every two steps of a protocol can lie far apart: it sleeps (its
// heartbeat goes on) or stalls (nothing goes on).

import type { Blobs } from '@cairn/engines';
import type { SimulatedMachine } from '@cairn/world/simulated';

const minuteMs = 60_000;
const pauseProbability = 0.015;
const pausesMs = [1 * minuteMs, 4 * minuteMs, 15 * minuteMs, 45 * minuteMs];

export function drowsy(blobs: Blobs, machine: SimulatedMachine): Blobs {
  const { clock } = machine.world;
  const pause = async () => {
    if (!machine.random.chance(pauseProbability)) return;
    const pauseMs = machine.random.pick(pausesMs);
    if (machine.random.chance(1 / 2)) machine.stall(pauseMs);
    await clock.sleep(pauseMs);
  };
  const after = async <T>(work: () => Promise<T>): Promise<T> => {
    await pause();
    return work();
  };
  return {
    put: (name, body, options) => after(() => blobs.put(name, body, options)),
    get: (name, options) => after(() => blobs.get(name, options)),
    head: (name) => after(() => blobs.head(name)),
    delete: (names) => after(() => blobs.delete(names)),
    list: (options) => after(() => blobs.list(options)),
    close: () => blobs.close(),
  };
}
