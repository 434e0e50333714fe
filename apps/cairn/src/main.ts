// The process of the `cairn` command: arguments in, an exit code out.

import { once } from 'node:events';
import { runProgram } from './run-program.ts';

// Who reads the output may leave (`cairn config | head`): that is no failure, and must not stop a server.
const unread = new AbortController();
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (stream === process.stdout) unread.abort();
  });

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
