// What a program says of its version; undefined when it is not installed.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export async function versionOf(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, args);
    return stdout.trim().split('\n')[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
