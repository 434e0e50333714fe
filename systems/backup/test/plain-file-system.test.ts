// A restore onto a file system that lacks hard links, symlinks, attributes and owners, as those of memory cards and network drives
// do: here one in user space, a folder that rclone mounts. What it can hold is there, the rest is told.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { cleanUpAfter, findProgram, temporaryDirectory } from '@cairn/testing';
import { createSnapshot } from '../src/create/create-snapshot.ts';
import { pathText } from '../src/manifest/path-text.ts';
import { restoreSnapshot } from '../src/restore/restore-snapshot.ts';
import { memoryRepository } from './memory-repository.ts';
import { until } from './until.ts';

const rclone = findProgram('rclone');

test('files are restored where there are neither hard links nor attributes, and again over what is there', {
  skip: withoutMounts(),
  timeout: 180_000,
}, async (t) => {
  const source = await temporaryDirectory(t);
  mkdirSync(join(source, 'folder'));
  writeFileSync(join(source, 'folder', 'first'), 'of two names', { mode: 0o640 });
  linkSync(join(source, 'folder', 'first'), join(source, 'second'));
  writeFileSync(join(source, 'large'), Buffer.alloc(6_000_000, 'cairn'));
  symlinkSync('large', join(source, 'symlink'));
  const { repository } = await memoryRepository();
  t.after(() => repository.close());
  const { snapshot } = await createSnapshot(repository, { paths: [source], host: 'elm', user: 'ann' });

  const target = join(await mounted(t), 'restored');
  for (const round of ['onto nothing', 'over what is there']) {
    const options = { target, path: Buffer.from(source) };
    const { files, named, warnings } = await restoreSnapshot(repository, snapshot!, options);
    assert.equal(files, 3, round);
    for (const name of ['folder/first', 'second', 'large'])
      assert(readFileSync(join(target, name)).equals(readFileSync(join(source, name))), `${name} ${round}`);
    const unnamed = named.map(({ path }) => pathText(path));
    assert.deepEqual(unnamed, [join(source, 'symlink')], round);
    assert.match(warnings.join('\n'), /hard links could not be made/);
    writeFileSync(join(target, 'second'), 'changed meanwhile');
  }
});

/** A folder as rclone shows it; unmounted after the test. */
async function mounted(t: TestContext): Promise<string> {
  const [folder, mount] = [await temporaryDirectory(t), await temporaryDirectory(t)];
  const environment = { ...process.env, RCLONE_CONFIG: '/dev/null' };
  const child = spawn(rclone!, ['mount', folder, mount, '--vfs-cache-mode', 'writes'], {
    stdio: 'ignore',
    env: { ...environment, XDG_CACHE_HOME: await temporaryDirectory(t) },
  });
  cleanUpAfter(t, async () => {
    if (child.exitCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM'); // it unmounts
    await exited;
  });
  await until('rclone has mounted the folder', () => {
    assert.equal(child.exitCode, null, 'rclone goes on');
    return readFileSync('/proc/mounts', 'utf8').includes(` ${mount} `);
  });
  return mount;
}

function withoutMounts(): string | false {
  if (rclone === undefined) return 'rclone is not installed';
  if (findProgram('fusermount3') === undefined && findProgram('fusermount') === undefined)
    return 'fusermount is not installed';
  if (process.getuid?.() !== 0) return 'mounting needs root';
  return existsSync('/dev/fuse') ? false : 'this machine has no FUSE';
}
