// The process that is killed while a drive is healed: says how far healing is until it has ended, then ends by itself. With
// `replace` the first drive is lost and replaced before.
//
//   node healer.ts OPTIONS [replace]      OPTIONS: JSON of those of the storage

import { setTimeout as sleep } from 'node:timers/promises';
import { type OpenObjectStorageOptions, openObjectStorage } from '@cairn/object-storage';
import { emptyFolder, pull, until } from '../drives/several-drives.ts';

const [json, word] = process.argv.slice(2) as [string, string | undefined];
const options = JSON.parse(json) as OpenObjectStorageOptions;
const storage = await openObjectStorage(options);
const drives = async () => (await storage.stats()).drives!;
if (word === 'replace') {
  // What the start looks through has to be over: it would make copies elsewhere while the drive is away.
  await until('the pass of the start is over', async () => !(await drives()).healing.running);
  const folder = options.drives!.folders[0]!;
  await pull(folder);
  await until('the drive is missing', async () => (await drives()).drives[0]!.state === 'missing');
  await emptyFolder(folder);
  await storage.replaceDrive({ folder });
}
for (let isRunning = true; isRunning; ) {
  const seen = await drives();
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  isRunning = seen.healing.running;
  await sleep(100);
}
await storage.close();
