// The process that is killed while objects move to a place: says how many have, and how many wait.
//
//   node mover.ts DIRECTORY PLACE

import { setTimeout as sleep } from 'node:timers/promises';
import { openObjectStorage } from '@cairn/object-storage';

const [directory, place] = process.argv.slice(2) as [string, string];
const storage = await openObjectStorage({
  directory,
  settings: { reserveBytes: 0 },
  lifecycle: { dayMs: 500, deletionsPerSecond: 2_000 },
  classes: { STANDARD_IA: { url: `file:${place}` } },
});
for (;;) {
  const [state] = (await storage.stats()).storageClasses;
  process.stdout.write(`moved ${state?.objects ?? 0}\n`);
  await sleep(5);
}
