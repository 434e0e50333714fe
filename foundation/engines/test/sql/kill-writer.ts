// The victim of the kill test: writes to a SQLite database as fast as it can and prints the key of every row that was
// acknowledged, until it is killed. Run as `node kill-writer.ts FILE RUN`.

import { writeSync } from 'node:fs';
import { openSql } from '@cairn/engines';
import { realWorld } from '@cairn/world';
import conformanceStore from './conformance-store.ts';

const [file, run] = process.argv.slice(2);
const sql = await openSql(conformanceStore, { url: `file:${file}`, world: realWorld() });

async function writeForever(writer: number): Promise<never> {
  for (let row = 0; ; row++) {
    const key = `${run}/${writer}/${row}`;
    await sql.write('insertCounted', { key, counter: 'rows' });
    print(`${key}\n`);
  }
}

/** At once, and not when the loop comes to it: what is acknowledged counts from here. Waits while the reader is behind. */
function print(line: string): void {
  let rest = Buffer.from(line);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(process.stdout.fd, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

await Promise.all(Array.from({ length: 8 }, (_, writer) => writeForever(writer)));
