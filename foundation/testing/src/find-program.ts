// Finds a program on this machine, so that a test that needs it can skip by name where it is not installed.

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The program's absolute path, from PATH and then `directories`; undefined when it is in none of them. */
export function findProgram(name: string, directories: readonly string[] = []): string | undefined {
  const searched = [...(process.env.PATH ?? '').split(delimiter), ...directories];
  return searched
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, name))
    .find(isExecutableFile);
}

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
