// The end of a process in which something failed that nobody handles, or whose output is lost.

import { writeSync } from 'node:fs';
import { exitCodes } from './exit-codes.ts';

/** Says what happened on standard error, as all that a command says, and ends the process with the code of a fault. */
export function endOnFault(error: unknown): never {
  tell(`unexpected: ${error instanceof Error ? error.stack : String(error)}`);
  process.exit(exitCodes.unexpected.code);
}

/** Standard output cannot be written, its disk is full for example: what a command says is what it is for. */
export function endWithoutOutput(error: Error): never {
  tell(`could not write the output: ${error.message}`);
  process.exit(exitCodes.no.code);
}

function tell(text: string): void {
  try {
    // At once: what is written later is lost with the process.
    writeSync(process.stderr.fd, `${text}\n`);
  } catch {
    // Nobody can be told. The code still says it.
  }
}
