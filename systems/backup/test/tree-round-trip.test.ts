// Real trees there and back: a share of /usr (`npm run soak -w systems/backup -- --tree /usr` takes all of it), 50,000 files of
// packages, and what git keeps on a disk.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { CairnCommand } from './cairn-command.ts';
import { inspectGitProject, makeGitRepositories, makeNodeModules, usrDirectories } from './real-trees.ts';
import { roundTrip } from './tree-round-trip.ts';

const isRoot = process.getuid?.() === 0;

async function begin(t: TestContext) {
  const folder = await temporaryDirectory(t, { bytesMax: 2e9 });
  const source = join(folder, 'source');
  await mkdir(source);
  const cairn = await CairnCommand.on(t, `file:${join(folder, 'repository')}`);
  await cairn.succeed('init');
  return { cairn, source, target: join(folder, 'target') };
}

test('programs, headers and texts of /usr come back as they were', {
  skip: !isRoot && 'giving files back their owners and capabilities needs root',
}, async (t) => {
  const { cairn, target } = await begin(t);
  const { entries, bytes, changedMeanwhile } = await roundTrip(cairn, {
    directories: usrDirectories(),
    target,
  });
  t.diagnostic(`${entries} entries, ${Math.round(bytes / 1e6)} MB, ${changedMeanwhile} changed meanwhile`);
  assert(entries > 1000);
});

test('50,000 files of packages come back as they were', async (t) => {
  const { cairn, source, target } = await begin(t);
  const files = makeNodeModules(source, 50_000);
  const { entries, changedMeanwhile } = await roundTrip(cairn, { directories: [source], target });
  t.diagnostic(`${files} files, ${entries} entries`);
  assert(entries > files);
  assert.equal(changedMeanwhile, 0);
});

test('git repositories with packs, hooks, worktrees and sub-modules come back, and git finds nothing wrong', async (t) => {
  const { cairn, source, target } = await begin(t);
  makeGitRepositories(source);
  const { changedMeanwhile } = await roundTrip(cairn, { directories: [source], target });
  assert.equal(changedMeanwhile, 0);
  assert.equal(inspectGitProject(join(target, source)), inspectGitProject(source));
});
