// Trees that others made, for round trips: a git repository with a history, packages as npm installed them, files of the
// system. Those that are not made here are only read.

import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const nodeModules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const systemFolders = ['/usr/share/zoneinfo', '/usr/share/perl5', '/usr/share/git-core'];

/** A repository with loose and packed objects, branches, and a tree that is checked out. */
export function makeGitRepository(folder: string): void {
  mkdirSync(join(folder, 'notes', 'deep'), { recursive: true });
  const git = gitIn(folder);
  git('init', '-q', '-b', 'main');
  for (let commit = 0; commit < 4; commit += 1) {
    for (let file = 0; file < 25; file += 1)
      appendFileSync(join(folder, file % 2 ? 'notes' : 'notes/deep', `${file}.md`), `${commit} of ${file}\n`);
    git('add', '-A');
    git('commit', '-q', '-m', `commit ${commit}`);
    if (commit === 2) git('gc', '-q');
  }
  git('tag', 'v1');
}

/** A day's work: a commit on a branch, something renamed, removed, replaced. */
export function workInGitRepository(folder: string): void {
  const git = gitIn(folder);
  git('checkout', '-q', '-b', 'work');
  renameSync(join(folder, 'notes', 'deep'), join(folder, 'moved'));
  rmSync(join(folder, 'notes', '1.md'));
  writeFileSync(join(folder, 'notes', '3.md'), 'all new\n');
  mkdirSync(join(folder, 'notes', '1.md'));
  git('add', '-A');
  git('commit', '-q', '-m', 'work');
}

function gitIn(folder: string): (...words: readonly string[]) => void {
  const author = ['-c', 'user.name=ann', '-c', 'user.email=ann@example.com', '-c', 'gc.auto=0'];
  return (...words) => {
    execFileSync('git', ['-C', folder, ...author, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  };
}

/** Folders of installed packages that have together at least so many entries, in groups of about equal size. */
export function installedPackages(entriesMin: number, groups: number): readonly (readonly string[])[] {
  const chosen: string[][] = Array.from({ length: groups }, () => []);
  let entries = 0;
  for (const name of readdirSync(nodeModules).sort()) {
    // Ours are links to sources, which are worked on.
    if (name.startsWith('.') || name === '@cairn' || entries >= entriesMin) continue;
    const folder = join(nodeModules, name);
    chosen[Math.floor((entries / entriesMin) * groups)]!.push(folder);
    entries += readdirSync(folder, { recursive: true }).length;
  }
  return chosen;
}

/** Of a Linux system, those that are there. */
export function systemTrees(): readonly string[] {
  return systemFolders.filter((folder) => existsSync(folder));
}
