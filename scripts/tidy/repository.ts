// The repository as the rules see it: every file's text by its path from the root. Rules are pure functions of it, so
// that a test can show with a repository of three lines that a rule fires.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Repository = ReadonlyMap<string, string>;

/** Where a rule is broken: `line` counts from 1. */
export type Violation = { readonly path: string; readonly line?: number; readonly message: string };

export type Rule = (repository: Repository) => readonly Violation[];

/** In a worktree `.git` is a file. */
const skipped = new Set(['node_modules', '.git', 'dist', 'testdata', 'peers']);
const textFile = /\.(ts|js|json|md|grit|template|sh|py)$|^\.ci\/|(^|\/)(\.[a-z]+|LICENSE)$/;

/** Reads every text file below `root`, except what is installed, built, or kept as test data. */
export function readRepository(root: string): Repository {
  const files = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (skipped.has(entry.name)) continue;
      if (entry.isDirectory()) {
        if (path !== 'data') walk(path);
      } else if (entry.isFile() && textFile.test(path)) {
        files.set(path, readFileSync(join(root, path), 'utf8'));
      }
    }
  };
  walk('');
  return files;
}

/** A repository for a test, from literal texts. */
export function repositoryOf(files: Readonly<Record<string, string>>): Repository {
  return new Map(Object.entries(files));
}

/** TypeScript and JavaScript that we wrote, by path. */
export function* sourcesOf(repository: Repository): Iterable<readonly [path: string, text: string]> {
  for (const [path, text] of repository) if (/\.(ts|js)$/.test(path)) yield [path, text];
}

/** The 1-based line of an index into a text. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

export function describeViolations(violations: readonly Violation[]): string {
  return violations
    .map(({ path, line, message }) => `${path}${line === undefined ? '' : `:${line}`}: ${message}`)
    .join('\n');
}
