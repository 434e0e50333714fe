// Where ssh cannot be started, whoever wanted it is told, and nobody else.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

const place = "{ host: 'h', user: undefined, port: undefined, path: '/p' }";

/** What the script prints, which has so many descriptors at most. */
function printedBy(script: string, descriptorsMax: number): string {
  const module = new URL('./ssh-process.ts', import.meta.url).href;
  const whole = `import { openSync } from 'node:fs'; import { SshProcess } from '${module}'; ${script}`;
  const limited = `ulimit -n ${descriptorsMax}; exec "$0" --input-type=module --eval "$1"`;
  const ended = spawnSync('/bin/sh', ['-c', limited, process.execPath, whole], { encoding: 'utf8' });
  assert.equal(ended.status, 0, ended.stderr);
  return ended.stdout;
}

test('a process without descriptors left says so to who wants ssh, and goes on', () => {
  const script = `
    try { for (;;) openSync('/dev/null'); } catch {}
    try { new SshProcess(${place}, ['/bin/true']); } catch (error) { console.log(error.name, error.reason); }
    setImmediate(() => console.log('went on'));`;
  assert.equal(printedBy(script, 100), 'SftpConnectionLost unavailable\nwent on\n');
});

test('a program that is not there ends the connection with the reason', () => {
  const script = `new SshProcess(${place}, ['/there/is/none']).onEnd((lost) => console.log(lost.reason, lost.message));`;
  assert.match(printedBy(script, 1000), /^failed ssh did not start: spawn \/there\/is\/none ENOENT\n$/);
});
