// restic: encrypted, deduplicated backups. It keeps its locks, packs and indexes as objects, and deletes what it prunes.

import assert from 'node:assert/strict';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, fingerprintOf, temporaryDirectory, writeFileTree } from '@cairn/testing';
import { awsEnvironment, type ClientProgram, clientProgram } from './client-program.ts';
import { startS3Endpoint } from './s3-endpoint.ts';

const program = findProgram('restic');
const skip = program === undefined && 'restic is not installed';
const MiB = 1024 * 1024;

/** The snapshot's files as they come back; restic restores them below their whole path. */
async function restored(restic: ClientProgram, snapshot: string, { tree, target }: Folders) {
  rmSync(target, { recursive: true, force: true });
  await restic.run('restore', snapshot, '--target', target);
  return fingerprintOf(join(target, tree));
}

type Folders = { readonly tree: string; readonly target: string };

test('restic backs up twice, forgets, prunes, checks every byte, and restores both', { skip }, async (t) => {
  const endpoint = await startS3Endpoint(t);
  const directory = await temporaryDirectory(t);
  const folders = { tree: join(directory, 'tree'), target: join(directory, 'target') };
  writeFileTree(folders.tree, { largeBytes: 20 * MiB, many: 300 });
  const restic = clientProgram(program!, {
    leading: ['--quiet', '--repo', `s3:${endpoint.url}/backups/of/anna`],
    environment: {
      ...awsEnvironment(),
      RESTIC_PASSWORD: 'a password',
      RESTIC_CACHE_DIR: join(directory, 'cache'),
    },
  });
  await restic.run('init');
  await restic.run('backup', '--tag', 'first', folders.tree);
  const first = fingerprintOf(folders.tree);
  assert.deepEqual(await restored(restic, 'latest', folders), first);

  appendFileSync(join(folders.tree, 'large/large.bin'), 'and more');
  writeFileSync(join(folders.tree, 'plain.txt'), 'changed');
  rmSync(join(folders.tree, 'many/3'), { recursive: true });
  await restic.run('backup', '--tag', 'second', folders.tree);
  const second = fingerprintOf(folders.tree);
  assert.notDeepEqual(second, first);
  const snapshots = JSON.parse(await restic.run('snapshots', '--json')) as { tags: string[]; id: string }[];
  assert.deepEqual(
    snapshots.map(({ tags }) => tags),
    [['first'], ['second']],
  );
  await restic.run('check', '--read-data');
  assert.deepEqual(await restored(restic, snapshots[0]!.id, folders), first);

  await restic.run('forget', '--keep-last', '1', '--prune');
  await restic.run('check', '--read-data');
  assert.deepEqual(await restored(restic, 'latest', folders), second);
  await assert.rejects(restic.run('restore', snapshots[0]!.id, '--target', folders.target), /no matching ID/);
  assert.equal((await restic.run('list', 'locks')).trim(), '', 'it takes back its locks');
});
