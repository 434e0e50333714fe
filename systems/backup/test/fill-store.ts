// Run by faults.test.ts in a namespace of its own: fills a repository on a file system of 24 MiB. Arguments: the file system's
// folder, and one on another.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
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
  console.log(code, errors);
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
console.log('all as it should be');

async function assertRestored(snapshot: string, source: string): Promise<void> {
  const target = join(folder!, `restored ${snapshot}`);
  rmSync(target, { recursive: true, force: true });
  await cairn.succeed('restore', snapshot, '--target', target, '--from', source);
  assertSameTree(source, target);
}
