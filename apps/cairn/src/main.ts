// The process of the `cairn` command: arguments in, an exit code out.

import { once } from 'node:events';
import { endOnFault, endWithoutOutput } from './end-on-fault.ts';
import { runProgram } from './run-program.ts';

// Who reads the output may leave (`cairn config | head`): that is no failure, and must not stop a server. Nor must a standard
// error that cannot be written, for whatever reason: there is nowhere left to say so.
const unread = new AbortController();
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') endWithoutOutput(error);
  unread.abort();
});

// What nobody handles is a fault of ours, after which nothing is known of the state in memory. What was acknowledged is on
// disk. The code says what happened: Node's own, 1, is the answer "no" of a command that found damage.
process.on('uncaughtException', (error) => endOnFault(error));

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: process.env,
  directory: process.cwd(),
  print: (text) => process.stdout.write(text),
  printBytes: (bytes) => process.stdout.write(bytes),
  printError: (text) => process.stderr.write(text),
  input: () => process.stdin,
  flushed: async () => {
    if (process.stdout.writableNeedDrain && !unread.signal.aborted)
      await once(process.stdout, 'drain', { signal: unread.signal }).catch(() => {});
    return !unread.signal.aborted;
  },
});
