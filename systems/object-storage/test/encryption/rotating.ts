// The process that is killed: rotates the master key over and over.
//
//   node rotating.ts DIRECTORY

import { openObjectStorage } from '@cairn/object-storage';

const [directory] = process.argv.slice(2) as [string];
const storage = await openObjectStorage({ directory, writers: 1 });
await storage.rotateMasterKey();
process.stdout.write('rotating\n');
for (;;) await storage.rotateMasterKey();
