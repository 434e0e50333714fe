// Repositories of real commands, read by a reader that was written from DESIGN.md: what it restores is what was backed up.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findProgram, temporaryDirectory } from '@cairn/testing';
import { CairnCommand } from './cairn-command.ts';
import { assertSameDescription, describeTree } from './compare-trees.ts';
import { cutIndependently } from './independent/cut-points.ts';
import { restoreIndependently } from './independent/restore-independently.ts';
import { openIndependently } from './independent-reader.ts';

const skip = !findProgram('setfattr') && 'setfattr (attr) is not installed';
const password = 'of the tests';
const notUtf8 = Buffer.from([0x66, 0xff, 0xfe, 0x0a, 0x20]);
/** What node:fs can write down exactly. */
const exactSeconds = 1_700_000_000.5;

for (const [cipher, fingerprint] of [
  ['aes-256-gcm', 'blake3'],
  ['chacha20-poly1305', 'sha256'],
] as const) {
  test(`DESIGN.md is enough to read a repository of ${cipher} and ${fingerprint}, its keys rotated`, {
    skip,
  }, async (t) => {
    const folder = await temporaryDirectory(t);
    const [source, repository] = [join(folder, 'source'), join(folder, 'repository')];
    fs.mkdirSync(source);
    const cairn = await CairnCommand.on(t, `file:${repository}`);
    const sizes = ['--chunk-size', '16K,64K,256K', '--pack-size', '8M'];
    await cairn.succeed('init', '--cipher', cipher, '--fingerprint', fingerprint, ...sizes);
    makeTree(source);
    const before = describeTree(source);
    const first = await cairn.create(source, '/dev/null');
    const forgotten = await cairn.create(source);

    await cairn.succeed('key', 'rotate');
    changeTree(source);
    const after = describeTree(source);
    const second = await cairn.create(source);
    await cairn.succeed('forget', forgotten);

    const reader = openIndependently(repository, password);
    assert.deepEqual([reader.config.cipher, reader.config.fingerprint], [cipher, fingerprint]);
    assert.deepEqual([...reader.snapshots].sort(), [first, second].sort());
    assert.deepEqual(
      [reader.epochs, reader.packEpochs],
      [
        [1, 2],
        [1, 2],
      ],
    );
    for (const [snapshot, expected] of [
      [first, before],
      [second, after],
    ] as const) {
      const target = await temporaryDirectory(t);
      restoreIndependently(reader, { snapshot, from: source, target });
      assertSameDescription(describeTree(target), expected);
    }
    const device = reader.tree(first).get('/dev/null')!;
    assert.deepEqual([device.type, device.device], ['character', [1, 3]]);
    const tree = reader.tree(second);
    assertExact(tree, source);
    assert.deepEqual(
      reader.cut(fs.readFileSync(join(source, 'large')), cutIndependently),
      tree.get(`${source}/large`)!.chunks,
    );
    assert.throws(() => openIndependently(repository, 'another'), /no key file opens/);
    const whole = reader.tree(second);
    for (const [name, copy] of [
      ['config', 'keyring.2.copy'],
      ['config.copy', 'keyring.2'],
    ] as const) {
      const hurt = join(folder, 'hurt');
      fs.cpSync(repository, hurt, { recursive: true });
      fs.rmSync(join(hurt, name));
      fs.truncateSync(join(hurt, copy), 60);
      assert.deepEqual(openIndependently(hurt, password).tree(second), whole, `${name} and ${copy} are hurt`);
      fs.rmSync(hurt, { recursive: true });
    }

    await cairn.succeed('gc', '--reseal');
    const resealed = openIndependently(repository, password);
    assert.deepEqual(resealed.packEpochs, [2]);
    const target = await temporaryDirectory(t);
    restoreIndependently(resealed, { snapshot: second, from: source, target });
    assertSameDescription(describeTree(target), after);
  });
}

/** Some of all that a manifest can say, with times that node:fs can restore exactly. */
function makeTree(source: string): void {
  const at = (...names: string[]) => join(source, ...names);
  fs.writeFileSync(at('large'), randomBytes(1_500_000), { mode: 0o640 });
  fs.writeFileSync(at('text'), 'much of the same. '.repeat(20_000));
  fs.writeFileSync(at('empty'), '', { mode: 0o400 });
  fs.writeFileSync(Buffer.concat([Buffer.from(`${source}/`), notUtf8]), 'x');
  fs.mkdirSync(at('many'), { mode: 0o700 });
  for (let i = 0; i < 300; i += 1) fs.writeFileSync(at('many', `${i} ${'n'.repeat(220)}`), `${i}`);
  fs.mkdirSync(at('deep', 'below', 'empty'), { recursive: true });
  fs.linkSync(at('text'), at('deep', 'linked'));
  fs.symlinkSync(notUtf8, at('deep', 'symlink'));
  execFileSync('mkfifo', [at('deep', 'fifo')]);
  execFileSync('setfattr', ['-n', 'user.note', '-v', '0x00ff', at('large')]);
  execFileSync('setfattr', ['-n', 'user.empty', at('many')]);
  fs.truncateSync(at('deep', 'below', makeFile(at('deep', 'below'))), 3_000_000);
  fs.chmodSync(at('large'), 0o4751);
  setTimes(source);
  fs.lutimesSync(at('empty'), -5.5, -5.5);
}

function makeFile(folder: string): string {
  fs.writeFileSync(join(folder, 'sparse'), 'begin');
  return 'sparse';
}

function changeTree(source: string): void {
  fs.appendFileSync(join(source, 'large'), randomBytes(200_000));
  fs.rmSync(join(source, 'empty'));
  fs.writeFileSync(join(source, 'deep', 'new'), 'new');
  setTimes(source);
}

function setTimes(root: string): void {
  const paths = fs.readdirSync(Buffer.from(root), { recursive: true, encoding: 'buffer' });
  for (const [index, path] of paths.entries())
    fs.lutimesSync(
      Buffer.concat([Buffer.from(`${root}/`), path]),
      exactSeconds + index,
      exactSeconds + index / 4,
    );
}

/** What node:fs cannot restore: nanoseconds, inodes. */
function assertExact(tree: ReturnType<ReturnType<typeof openIndependently>['tree']>, source: string): void {
  for (const [path, entry] of tree) {
    if (!path.startsWith(source)) continue;
    const stat = fs.lstatSync(Buffer.from(path, 'latin1'), { bigint: true });
    assert.deepEqual(
      [entry.mtimeNs, entry.inode, entry.mode, entry.uid, entry.gid],
      [stat.mtimeNs, stat.ino, Number(stat.mode & 0o7777n), Number(stat.uid), Number(stat.gid)],
      path,
    );
    // 0 where a change could hide.
    if (entry.ctimeNs !== 0n) assert.equal(entry.ctimeNs, stat.ctimeNs, path);
    if (entry.type === 'file') assert.equal(entry.size, Number(stat.size), path);
  }
}
