import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { test } from 'node:test';

/** In microseconds; 0 where the kernel does not tell. */
const sliceOf = (sched: string) => Number(/^se\.slice +: +(\d+)$/m.exec(sched)?.[1] ?? 0) / 1_000;
const usual = sliceOf(readSched('self'));
const [major = 0, minor = 0] = release().split('.').map(Number);
/** Threads have slices of their own since Linux 6.12. */
const given = usual > 0 && (major > 6 || (major === 6 && minor >= 12)) ? 300 : usual;

function readSched(of: string): string {
  try {
    return readFileSync(`/proc/${of}/sched`, 'latin1');
  } catch {
    return '';
  }
}

test('the thread that asks has the slice, at the priority that it had, and threads that it starts the usual one', () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { getPriority, setPriority } from 'node:os';
      import { Worker } from 'node:worker_threads';
      import { setTimeSlice } from ${JSON.stringify(new URL('./time-slice.ts', import.meta.url).href)};
      import { readFileSync } from 'node:fs';
      ${readSched}
      setPriority(3);
      const told = { answer: setTimeSlice(300), priority: getPriority(), own: readSched('thread-self') };
      const code = 'import { readFileSync } from "node:fs"; import { parentPort } from "node:worker_threads";' +
        readSched + 'parentPort.postMessage(readSched("thread-self"))';
      const worker = new Worker(code, { eval: true });
      worker.on('message', (other) => console.log(JSON.stringify({ ...told, other })));`,
    ],
    { encoding: 'utf8' },
  );
  const { answer, priority, own, other } = JSON.parse(stdout || assert.fail(stderr));
  assert.equal(typeof answer, 'boolean');
  assert.deepEqual([priority, sliceOf(own), sliceOf(other)], [3, given, usual]);
});
