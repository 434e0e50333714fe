// The exit codes of the command are those of the service shell, whose errors are told by name; and a fault that nothing handles
// has one of its own.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { ConfigurationError, UnusableStart, unusableStartExitCodes } from '@cairn/service';
import { exitCodeOf, exitCodes } from '../src/exit-codes.ts';

test('a start that fails has the exit code that the service shell gives it', () => {
  for (const [code, exitCode] of Object.entries(unusableStartExitCodes)) {
    const error = new UnusableStart(code as keyof typeof unusableStartExitCodes, 'a start failed');
    assert.equal(exitCodeOf(error), exitCode, code);
    if (code in exitCodes) assert.equal(exitCodes[code as keyof typeof exitCodes].code, exitCode, code);
  }
});

test('a wrong configuration is wrong usage', () => {
  assert.equal(exitCodeOf(new ConfigurationError([])), exitCodes.usage.code);
});

const program = resolve(import.meta.dirname, '../bin/cairn.js');
/** At the end of the command, which has set another exit code by then. */
const faults = {
  'a rejection': "process.once('beforeExit', () => Promise.reject(new Error('nobody handles this')))",
  'an exception': "process.once('beforeExit', () => { throw new Error('nobody handles this'); })",
} as const;

for (const [fault, code] of Object.entries(faults))
  test(`${fault} that nobody handles ends the process as a fault, not as the answer "no"`, (t) => {
    const run = (errors: number | 'pipe') =>
      spawnSync(process.execPath, ['--import', `data:text/javascript,${code}`, program, '--version'], {
        stdio: ['ignore', 'pipe', errors],
        encoding: 'utf8',
      });
    const ended = run('pipe');
    assert.equal(ended.status, exitCodes.unexpected.code, ended.stderr);
    assert.match(ended.stderr, /^unexpected: Error: nobody handles this\n {4}at /);
    const full = openSync('/dev/full', 'w');
    t.after(() => closeSync(full));
    assert.equal(run(full).status, exitCodes.unexpected.code);
  });

test('a command whose output is on a full disk says so, and has not done what it is for', (t) => {
  const full = openSync('/dev/full', 'w');
  t.after(() => closeSync(full));
  const ended = spawnSync(process.execPath, [program, '--version'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  assert.deepEqual(
    [ended.status, ended.stderr],
    [1, 'could not write the output: ENOSPC: no space left on device, write\n'],
  );
});
