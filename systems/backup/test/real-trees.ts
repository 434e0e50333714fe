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
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const nodeModules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const systemFolders = ['/usr/share/zoneinfo', '/usr/share/perl5', '/usr/share/git-core'];
/** Programs, some with setuid, hard links and capabilities; headers; texts in a maze of symlinks. */
const usrShare = [
  ...['/usr/bin', '/usr/sbin', '/usr/libexec', '/usr/include', '/usr/share/doc', '/usr/share/man'],
  ...['/usr/lib/git-core', '/usr/lib/openssh', '/usr/lib/polkit-1', '/usr/lib/python3.11'],
  '/usr/lib/x86_64-linux-gnu/gstreamer1.0',
];
/** Packages that are a program of many megabytes rather than files. */
const programPackages = new Set(['node', '@biomejs', '@typescript']);

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

/**
 * What git keeps on disks, below a folder: a project with a sub-module, hooks, a stash and packs; a second worktree of it; a clone that
 * shares its objects as hard links, one that borrows them, and a bare one.
 */
export function makeGitRepositories(folder: string): void {
  const [library, project] = ['library', 'project'].map((name) => join(folder, name)) as [string, string];
  makeGitRepository(library);
  makeGitRepository(project);
  const git = gitIn(project);
  git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library, 'vendor/library');
  git('commit', '-q', '-m', 'a library');
  writeFileSync(join(project, '.git/hooks/pre-commit'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
  symlinkSync('pre-commit', join(project, '.git/hooks/pre-push'));
  appendFileSync(join(project, 'notes', '3.md'), 'not done yet\n');
  git('stash', '-q');
  git('worktree', 'add', '-q', '-b', 'side', join(folder, 'worktree'));
  for (const words of [['linked'], ['borrowing', '--shared'], ['bare.git', '--bare']])
    gitIn(folder)('clone', '-q', ...words.slice(1), project, join(folder, words[0]!));
  appendFileSync(join(project, 'notes', '5.md'), 'in progress\n');
}

/** What git says of the project in this folder; it fails where an object is missing or damaged. */
export function inspectGitProject(folder: string): string {
  const git = gitIn(join(folder, 'project'));
  const questions = [
    ['fsck', '--full', '--strict'],
    ['status', '--porcelain'],
    ['stash', 'list'],
    ['log', '--all', '--format=%H'],
  ];
  return [...questions, ['submodule', 'status'], ['-C', 'vendor/library', 'status', '--porcelain']]
    .map((words) => git(...words))
    .join('\n');
}

function gitIn(folder: string): (...words: readonly string[]) => string {
  const author = ['-c', 'user.name=ann', '-c', 'user.email=ann@example.com', '-c', 'gc.auto=0'];
  return (...words) =>
    execFileSync('git', ['-C', folder, ...author, ...words], {
      ...{ stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
    });
}

/** Installed packages, again and again, as a tree of workspaces has them. At least so many files; how many. */
export function makeNodeModules(folder: string, filesMin: number): number {
  const packages = readdirSync(nodeModules).filter(
    (name) => !name.startsWith('.') && !programPackages.has(name),
  );
  const sources = packages.map((name) => join(nodeModules, name));
  let files = 0;
  for (let workspace = 0; files < filesMin; workspace += 1) {
    const target = join(folder, workspace === 0 ? '' : `packages/${workspace}`, 'node_modules');
    mkdirSync(target, { recursive: true });
    execFileSync('cp', ['-a', ...sources, target]);
    const entries = readdirSync(target, { recursive: true, withFileTypes: true });
    files += entries.filter((entry) => !entry.isDirectory()).length;
  }
  return files;
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

/** A fixed share of /usr, some 1.3 GB on Debian. */
export function usrDirectories(): readonly string[] {
  return usrShare.filter((folder) => existsSync(folder));
}

/** Of a Linux system, those that are there. */
export function systemTrees(): readonly string[] {
  return systemFolders.filter((folder) => existsSync(folder));
}
