#!/usr/bin/env node
// The `cairn` command as npm links it. Plain JavaScript that any Node since 18 runs: when it is not the pinned Node, it
// starts the pinned one on itself with the same arguments and becomes its signals and its exit code. Then it loads the
// real command, whose sources are TypeScript, with compiled code kept for the next start.

import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';

const require = module.createRequire(import.meta.url);
const pinnedManifest = require.resolve('node/package.json');
const pinned = {
  version: require(pinnedManifest).version,
  program: join(dirname(pinnedManifest), 'bin/node'),
};

// The second question ends what would otherwise go on for ever, should the package's number and its program differ.
if (process.versions.node === pinned.version || process.execPath === realpathSync(pinned.program))
  await startHere();
else startPinned();

async function startHere() {
  const serves = process.argv[2] === 'up';
  if (serves) {
    // The room for new objects, which is small again at the end of a start, grows in one step once there is something to do. V8
    // doubles it, and seldom where little of a request survives: it collected five times as often, and whoever came meanwhile waited.
    setFlagsFromString('--semi-space-growth-factor=8');
  } else {
    // A command lives for seconds. Left alone V8 lets it gather tens of megabytes of garbage in each thread, and with it the
    // buffers that hang on it; a server needs the room for what its requests make.
    setFlagsFromString('--semi-space-growth-factor=1');
    // In percent of what lives, for objects that survived. V8 chooses up to 300, which a restore of many files fills: 72 MiB
    // for 20 that live, and 40 kept for reuse behind them.
    setFlagsFromString('--heap-growing-percent=40');
  }
  // Beside the code, not in the shared temporary folder, where another user could put compiled code of theirs. V8 refuses
  // code that was compiled under other flags.
  const folder = serves ? 'cairn-up' : 'cairn';
  module.enableCompileCache(join(dirname(dirname(pinnedManifest)), '.cache', folder));
  stopWithStarter();
  await import('../src/main.ts');
}

function startPinned() {
  const parameters = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  // In a group of its own: a Ctrl-C goes to the whole group of the terminal, and would arrive twice, once handed down.
  const options = { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], detached: true };
  // Before it is started: a signal that comes in between would end this process alone, and leave that one behind.
  let child;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'])
    process.on(signal, () => child?.kill(signal));
  child = spawn(pinned.program, parameters, options);
  child.once('error', (error) => {
    process.stderr.write(`could not start Node ${pinned.version} (${pinned.program}): ${error.message}\n`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    // Ends as the child did, so that whoever waits for this process sees the same.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** When the process that started this one dies without a word (kill -9), the channel to it closes: stop in order. */
function stopWithStarter() {
  if (process.channel === undefined || process.channel === null) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
