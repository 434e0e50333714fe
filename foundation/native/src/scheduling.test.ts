import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
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
      import { setTimeSlice } from ${JSON.stringify(new URL('./scheduling.ts', import.meta.url).href)};
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

const notLinux = process.platform === 'linux' ? false : 'needs /proc';

test('helper threads, or the one that asks, get the batch policy, keep their priority, and no thread else gets it', {
  skip: notLinux,
}, () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { readdirSync, readFileSync } from 'node:fs';
      import { setPriority } from 'node:os';
      import { Worker } from 'node:worker_threads';
      const scheduling = ${JSON.stringify(new URL('./scheduling.ts', import.meta.url).href)};
      const { setBatchPolicy } = await import(scheduling);
      ${policyOf}
      ${policies}
      setPriority(3);
      const before = policies();
      const asked = setBatchPolicy('helper threads');
      const helpers = policies();
      const code = 'import { readFileSync } from "node:fs"; import { setPriority } from "node:os";' +
        'import { parentPort } from "node:worker_threads"; import { setBatchPolicy } from ' + JSON.stringify(scheduling) +
        ';' + policyOf + 'setPriority(5); setBatchPolicy("calling thread"); parentPort.postMessage(policyOf("thread-self"));';
      const worker = new Worker(code, { eval: true });
      worker.on('message', (own) =>
        console.log(JSON.stringify({ asked, before, helpers, own, main: policyOf('self/task/' + process.pid) })));`,
    ],
    { encoding: 'utf8' },
  );
  const told = JSON.parse(stdout || assert.fail(stderr));
  if (!told.asked) return assert.deepEqual(told.helpers, told.before); // No such call here.
  assert(told.before.length > 1 && told.before.every((thread: string) => thread.startsWith('policy 0')));
  assert.deepEqual(
    told.helpers,
    told.before.map((thread: string) => thread.replace('policy 0', 'policy 3')),
  );
  assert.deepEqual([told.own, told.main], ['policy 3 nice 5', 'policy 0 nice 3']);
});

/** proc(5): fields 19 and 41 of `stat`. */
function policyOf(thread: string): string {
  const fields = readFileSync(`/proc/${thread}/stat`, 'latin1').replace(/.*\) /s, '').split(' ');
  return `policy ${fields[38]} nice ${fields[16]}`;
}

/** Of all threads but the main one. */
function policies(): string[] {
  const threads = readdirSync('/proc/self/task').filter((thread) => Number(thread) !== process.pid);
  return threads.map((thread) => policyOf(`self/task/${thread}`));
}
