// Run by faults.test.ts in a namespace of its own: fills a repository on a file system of 24 MiB. Arguments: the file system's
// folder, and one on another.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CairnCommand } from './cairn-command.ts';
import { assertSameTree } from './compare-trees.ts';

const [repository, folder] = process.argv.slice(2);
const MiB = 1 << 20;
const cairn = new CairnCommand({
  CAIRN_BACKUP_REPOSITORY: `file:${repository}`,
  CAIRN_BACKUP_PASSWORD: 'of the tests',
});
await cairn.succeed('init', '--pack-size', '8M');

const [small, large] = [join(folder!, 'small'), join(folder!, 'large')];
mkdirSync(small);
for (let file = 0; file < 5; file += 1) writeFileSync(join(small, `${file}`), randomBytes(MiB));
mkdirSync(large);
for (let file = 0; file < 30; file += 1) writeFileSync(join(large, `${file}`), randomBytes(MiB));

const first = await cairn.create(small);
for (let attempt = 0; attempt < 3; attempt += 1) {
  const { code, errors } = await cairn.run('create', large);
  assert.equal(code, 1);
  assert.match(errors, /could not .*ENOSPC|no space/i);
  assert.deepEqual(await cairn.snapshots(), [first]);
}
await cairn.succeed('verify', '--read-data');
await assertRestored(first, small);

await cairn.succeed('gc');
for (let file = 4; file < 30; file += 1) rmSync(join(large, `${file}`));
const second = await cairn.create(large);
assert.deepEqual(await cairn.snapshots(), [first, second]);
await cairn.succeed('verify', '--read-data');
await assertRestored(first, small);
await assertRestored(second, large);

// Not a byte is left: nothing can be added, not even that a snapshot is forgotten, but all is readable.
const filler = join(repository!, 'filler');
fill(filler);
for (const words of [['create', small, '--force'], ['forget', second], ['gc']]) {
  const { code, errors } = await cairn.run(...words);
  assert.equal(code, 1, `${words[0]}: ${errors}`);
  assert.match(errors, /no space is left/);
}
assert.deepEqual(await cairn.snapshots(), [first, second]);
await cairn.succeed('verify', '--read-data');
await assertRestored(second, large);
rmSync(filler);
await cairn.succeed('forget', second);
await cairn.succeed('gc');
await cairn.succeed('verify', '--read-data');
await assertRestored(first, small);
console.log('all as it should be');

function fill(path: string): void {
  const file = openSync(path, 'w');
  for (let bytes = MiB; bytes >= 1; ) {
    try {
      writeSync(file, Buffer.alloc(bytes));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC');
      bytes = Math.floor(bytes / 2);
    }
  }
  closeSync(file);
}

async function assertRestored(snapshot: string, source: string): Promise<void> {
  const target = join(folder!, `restored ${snapshot}`);
  rmSync(target, { recursive: true, force: true });
  await cairn.succeed('restore', snapshot, '--target', target, '--from', source);
  assertSameTree(source, target);
}
