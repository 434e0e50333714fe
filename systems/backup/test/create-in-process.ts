// One backup in a process of its own, for tests that kill it or measure it: `node create-in-process.ts REPOSITORY PATH [RATE]`. It
// prints a line of JSON for every progress, and one at the end with the summary and the memory that it took at most.

import { realWorld } from '@cairn/world';
import { createSnapshot } from '../src/create/create-snapshot.ts';
import { openStore } from '../src/stores/open-store.ts';
import { openTestRepository } from './memory-repository.ts';

const [folder, path, rate] = process.argv.slice(2);
const world = realWorld();
const blobs = await openStore({
  ...{ url: `file:${folder}`, world },
  ...(rate !== undefined && { bandwidth: { uploadBytesPerSecond: Number(rate) } }),
});
const repository = await openTestRepository({ blobs, world });
const { summary, snapshot } = await createSnapshot(repository, {
  paths: [path!],
  host: 'elm',
  user: 'ann',
  archivers: 2,
  onProgress: (progress) => console.log(JSON.stringify({ progress })),
});
const { maxRSS } = process.resourceUsage();
console.log(JSON.stringify({ summary, snapshot: snapshot!.id, memoryBytes: maxRSS * 1024 }));
await repository.close();
