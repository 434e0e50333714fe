// What a program says of its version; undefined when it is not installed. Asked once: borg takes a second to say it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const versions = new Map<string, Promise<string | undefined>>();

export function versionOf(command: string, args: readonly string[]): Promise<string | undefined> {
  return versions.getOrInsertComputed(command, () => ask(command, args));
}

async function ask(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, args);
    return stdout.trim().split('\n')[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
