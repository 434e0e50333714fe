// The end of a process in which something failed that nobody handles.

import { writeSync } from 'node:fs';
import { exitCodes } from './exit-codes.ts';

/** Says what happened on standard error, as all that a command says, and ends the process with the code of a fault. */
export function endOnFault(error: unknown): never {
  const text = `unexpected: ${error instanceof Error ? error.stack : String(error)}\n`;
  try {
    // At once: what is written later is lost with the process.
    writeSync(process.stderr.fd, text);
  } catch {
    // Nobody can be told. The code still says it.
  }
  process.exit(exitCodes.unexpected.code);
}
