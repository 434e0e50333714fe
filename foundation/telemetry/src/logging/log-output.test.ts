// A log that cannot be written holds up nothing, costs bounded memory, and loses no more than it has to.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { logFullPipeMs, logRetryMs, logWaitingBytesMax } from '../limits.ts';
import { LogOutput } from './log-output.ts';

/** Takes so many bytes of a write, or fails as it is told. */
class ScriptedFile {
  #written = Buffer.alloc(0);
  failure: string | undefined;
  takesMax = Number.POSITIVE_INFINITY;
  calls = 0;

  write(bytes: Uint8Array, done: (error: NodeJS.ErrnoException | null, taken: number) => void): void {
    queueMicrotask(() => {
      try {
        done(null, this.writeNow(bytes));
      } catch (error) {
        done(error as NodeJS.ErrnoException, 0);
      }
    });
  }

  writeNow(bytes: Uint8Array): number {
    this.calls += 1;
    if (this.failure !== undefined) throw Object.assign(new Error(this.failure), { code: this.failure });
    const taken = bytes.subarray(0, this.takesMax);
    this.#written = Buffer.concat([this.#written, taken]);
    return taken.length;
  }

  get written(): string {
    return this.#written.toString();
  }
}

function opened(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const file = new ScriptedFile();
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const settled = async () => {
    for (let turns = 0; turns < 3; turns++) await turn();
  };
  return { file, output: new LogOutput(file), settled, retry: () => t.mock.timers.tick(logRetryMs) };
}

test('lines are written whole and in order, however little is taken at a time', async (t) => {
  const { file, output, settled } = opened(t);
  file.takesMax = 3;
  for (const line of ['first\n', 'second\n', 'dritter: äöü\n']) output.write(line);
  await settled();
  assert.equal(file.written, 'first\nsecond\ndritter: äöü\n');
});

test('a pipe that is full is tried again soon', async (t) => {
  const { file, output, settled } = opened(t);
  file.failure = 'EAGAIN';
  output.write('a\n');
  await settled();
  file.failure = undefined;
  t.mock.timers.tick(logFullPipeMs);
  await settled();
  assert.equal(file.written, 'a\n');
});

test('what a full disk refused is written when it takes bytes again', async (t) => {
  const { file, output, settled, retry } = opened(t);
  file.failure = 'ENOSPC';
  output.write('a\n');
  await settled();
  output.write('b\n');
  retry();
  await settled();
  assert.deepEqual([file.written, file.calls], ['', 2]);
  file.failure = undefined;
  retry();
  await settled();
  assert.equal(file.written, 'a\nb\n');
});

test('lines beyond what may wait are lost, and how many is told in their place', async (t) => {
  const { file, output, settled, retry } = opened(t);
  file.failure = 'ENOSPC';
  output.write('a\n');
  await settled();
  const line = `${'x'.repeat(1023)}\n`;
  const fit = logWaitingBytesMax / line.length;
  for (let count = 0; count < fit + 7; count++) output.write(line);
  file.failure = undefined;
  retry();
  await settled();
  output.write('z\n');
  await settled();
  const lines = file.written.trimEnd().split('\n');
  assert.deepEqual([lines.length, lines[0], lines.at(-1)], [fit + 3, 'a', 'z']);
  const { level, lines: lost } = JSON.parse(lines.at(-2)!);
  assert.deepEqual([level, lost], ['warn', 7]);
});

test('a reader that left is written to no more', async (t) => {
  const { file, output, settled, retry } = opened(t);
  file.failure = 'EPIPE';
  output.write('a\n');
  await settled();
  output.write('b\n');
  retry();
  output.flushNow();
  assert.equal(file.calls, 1);
});

for (const failure of ['ENOSPC', 'EAGAIN'])
  test(`at the exit nobody waits for long where a write gives ${failure}`, async (t) => {
    const { file, output, settled } = opened(t);
    file.failure = failure;
    output.write('a\n');
    await settled();
    const beganMs = performance.now();
    output.flushNow();
    assert(performance.now() - beganMs < 5_000);
    assert(file.calls > 1, 'it was tried');
  });

test('a process whose standard error is on a full disk goes on, and ends as it wants to', () => {
  const module = new URL('./create-log.ts', import.meta.url).href;
  const script = `import { createLog } from '${module}';
    const log = createLog({ level: 'info', clock: { nowMs: () => 0 } });
    for (let round = 0; round < 5; round++) {
      log.info('event', { round });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    console.log('went on');
    process.exit(3);`;
  const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', openSync('/dev/full', 'w')],
    encoding: 'utf8',
    timeout: 60_000,
  });
  assert.deepEqual([ended.status, ended.stdout], [3, 'went on\n']);
});
