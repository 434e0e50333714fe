import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { directory, file, symlink } from '../../test/sample-manifest.ts';
import { sampleRepository } from '../../test/sample-repository.ts';
import { restoreSnapshot } from './restore-snapshot.ts';

test('files, directories and symlinks come back', async (t) => {
  const target = await temporaryDirectory(t);
  const { repository, add } = await sampleRepository();
  t.after(() => repository.close());
  const snapshot = await add([
    directory('home', [
      directory('ann', [file('a.txt', 'contents'), symlink('link', 'a.txt')]),
      directory('empty', []),
    ]),
    file('top', [new Uint8Array(100).fill(1), new Uint8Array(50).fill(2)]),
  ]);
  const result = await restoreSnapshot(repository, snapshot, { target });
  assert.deepEqual(result.named, []);
  assert.deepEqual(result.warnings, []);
  assert.equal(readFileSync(join(target, 'home/ann/a.txt'), 'utf8'), 'contents');
  assert.equal(readlinkSync(join(target, 'home/ann/link')), 'a.txt');
  assert.deepEqual(readdirSync(join(target, 'home/empty')), []);
  assert.equal(lstatSync(join(target, 'top')).size, 150);
  assert.deepEqual([result.files, result.directories, result.bytes], [3, 3, 158]);
});
