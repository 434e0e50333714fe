// The paths of a backup as they were given, and as absolute bytes.

import { lstatSync } from 'node:fs';
import { BackupError } from '../errors.ts';
import { pathText } from '../manifest/path-text.ts';
import type { CreateOptions } from './create-options.ts';
import { binaryPath, filePath, pathBytes } from './file-path.ts';

export type SourcePaths = {
  /** Absolute, without `.`, `..` and doubled slashes; each once. */
  readonly bytes: readonly Uint8Array[];
  /** As a snapshot's record has them. */
  readonly text: readonly string[];
};

/**
 * Throws `source` when none of them exists: that is a mistake, while one of several may be missing today (a disk that is
 * not mounted) and is reported by the walk.
 */
export function sourcePaths({
  paths,
  workingDirectory = process.cwd(),
}: Pick<CreateOptions, 'paths' | 'workingDirectory'>): SourcePaths {
  const absolute = paths.map((path) => normalized(bytesOf(path), binaryPath(Buffer.from(workingDirectory))));
  const unique = [...new Set(absolute)];
  if (!unique.some(exists)) throw nothingThere(unique);
  const bytes = unique.map(pathBytes);
  return { bytes, text: bytes.map(pathText) };
}

function bytesOf(path: string | Uint8Array): string {
  return binaryPath(typeof path === 'string' ? Buffer.from(path) : path);
}

/** `..` is taken as a name to be dropped with the one before, as shells print it: links are not looked at. */
function normalized(path: string, workingDirectory: string): string {
  if (path === '' || path.includes('\0')) {
    throw new BackupError('invalid-argument', {
      attempted: 'back up a path',
      detail: path === '' ? 'it is empty' : `it holds a NUL: ${JSON.stringify(path)}`,
    });
  }
  const names: string[] = [];
  for (const name of (path.startsWith('/') ? path : `${workingDirectory}/${path}`).split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}

function exists(path: string): boolean {
  try {
    return lstatSync(filePath(path), { throwIfNoEntry: false }) !== undefined;
  } catch {
    // It is there, but may not be looked at: the walk says so.
    return true;
  }
}

function nothingThere(paths: readonly string[]): BackupError {
  const named = paths.map((path) => pathText(pathBytes(path))).join(', ');
  return new BackupError('source', {
    attempted: 'create a snapshot',
    detail: paths.length === 0 ? 'no path was given' : `there is no ${named}`,
  });
}
