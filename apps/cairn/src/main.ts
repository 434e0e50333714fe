// The process of the `cairn` command: arguments in, an exit code out.

import { runProgram } from './run-program.ts';

// Who reads the output may leave (`cairn config | head`): that is no failure, and must not stop a server.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: process.env,
  directory: process.cwd(),
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
});
