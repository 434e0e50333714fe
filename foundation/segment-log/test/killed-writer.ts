// Appends to the log in the folder it is given, as fast as it can, and prints the number of each record once it is
// synced, until it is killed.

import { realWorld } from '@cairn/world';
import { openSegmentLog } from '../src/index.ts';

const directory = process.argv[2]!;
let next = 0;
const log = await openSegmentLog({
  world: realWorld(),
  directory,
  segmentBytesMax: 256 * 1024,
  onRecovered: ({ payload }) => {
    next = Buffer.from(payload).readUInt32LE(0) + 1;
  },
});

async function write(): Promise<never> {
  for (;;) {
    const number = next;
    next += 1;
    const payload = Buffer.alloc(4 + ((number * 977) % 9000), number);
    payload.writeUInt32LE(number, 0);
    await log.append([[payload]]);
    await log.sync();
    process.stdout.write(`${number}\n`);
  }
}
await Promise.all([write(), write(), write()]);
