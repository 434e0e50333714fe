// The process that is killed in the middle of a lifecycle pass: says how many objects have expired so far.
//
//   node expirer.ts DIRECTORY

import { setTimeout as sleep } from 'node:timers/promises';
import { openObjectStorage } from '@cairn/object-storage';

const [directory] = process.argv.slice(2) as [string];
const storage = await openObjectStorage({
  directory,
  settings: { reserveBytes: 0 },
  lifecycle: { dayMs: 500, deletionsPerSecond: 2_000 },
});
for (;;) {
  const [state] = (await storage.stats()).lifecycle;
  process.stdout.write(
    `expired ${state?.expiredObjects ?? 0} ${state?.at === undefined ? 'idle' : 'passing'}\n`,
  );
  await sleep(5);
}
