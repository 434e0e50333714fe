// Commands that a user wants run before and after a backup: to dump a database, to make a snapshot of a volume.

import { spawn } from 'node:child_process';
import { BackupError } from '../errors.ts';

const standardError = 2;

/**
 * Runs the command through `/bin/sh -c`. What it prints goes to standard error: standard output is the caller's. Throws
 * `hook-failed` when it cannot be run or ends with another code than 0; an abort ends it.
 */
export async function runHook(
  which: 'before' | 'after',
  command: string,
  options: {
    readonly environment: Readonly<Record<string, string>>;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const ending = await endingOf(
    command,
    { ...options.environment, CAIRN_BACKUP_HOOK: which },
    options.signal,
  );
  if (ending === undefined) return;
  throw new BackupError('hook-failed', { attempted: `run the command ${which} the backup`, detail: ending });
}

/** Undefined when it ended well. */
function endingOf(
  command: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const hook = spawn('/bin/sh', ['-c', command], {
      stdio: ['ignore', standardError, standardError],
      env: { ...process.env, ...environment },
      signal,
    });
    hook.once('error', (error) => (signal?.aborted ? reject(signal.reason) : resolve(error.message)));
    hook.once('exit', (code, killed) => resolve(code === 0 ? undefined : `it ended with ${killed ?? code}`));
  });
}
