// What options of `cairn backup` mean, where users of other tools for backups know what to expect.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setUp } from './backup-repository.ts';

test('filters choose as those of restic: any of the hosts, any of the lists of tags, all of the paths', async (t) => {
  const { folder, run } = await setUp(t);
  await mkdir(join(folder, 'more'));
  await writeFile(join(folder, 'more', 'file'), 'more');
  await run('create source --host elm --tag a,b --time 2026-01-01T00:00:00Z');
  await run('create source more --host oak --tag b --time 2026-01-02T00:00:00Z');
  await run('create more --host ash --time 2026-01-03T00:00:00Z');
  const hostsOf = async (filters: string) =>
    JSON.parse(await run(`list --json ${filters}`)).map(({ host }: { host: string }) => host);
  assert.deepEqual(await hostsOf('--host elm --host ash'), ['elm', 'ash']);
  assert.deepEqual(await hostsOf('--tag a,b'), ['elm']);
  assert.deepEqual(await hostsOf('--tag a --tag b'), ['elm', 'oak']);
  assert.deepEqual(await hostsOf('--tag='), ['ash']);
  assert.deepEqual(await hostsOf(`--path ${folder}/source`), ['elm', 'oak']);
  assert.deepEqual(await hostsOf(`--path ${folder}/source --path ${folder}/more`), ['oak']);
  assert.match(await run('files latest --host elm'), /one\.txt/);
  assert.equal(await run(`dump latest ${folder}/source/notes/one.txt --tag a`), 'the first note\n');
});

test('a pattern with a slash inside leaves out what it names in any directory, as in find and restore', async (t) => {
  const { folder, source, run } = await setUp(t);
  const names = async (options: string) => {
    await run(`create source ${options}`);
    return (await run('files latest')).split('\n').map((path) => path.slice(source.length + 1));
  };
  assert(!(await names('--exclude notes/one.txt')).includes('notes/one.txt'));
  assert((await names('--exclude /notes/one.txt')).includes('notes/one.txt'));
  await writeFile(
    join(folder, 'rules'),
    Buffer.from('# rules\nnotes/*\n!notes/one.txt\n*.b\xffn\n', 'latin1'),
  );
  await writeFile(Buffer.from(`${source}/a.b\xffn`, 'latin1'), '');
  await writeFile(join(source, 'notes', 'two.txt'), '');
  const kept = await names('--exclude-file rules');
  assert.deepEqual(kept.filter(Boolean), ['big.bin', 'notes', 'notes/one.txt']);
  await run('create source');
  await run('rewrite latest --exclude notes/two.txt --forget');
  assert(!(await run('files latest')).includes('two.txt'));
});

test('a name that is not UTF-8 is backed up as other commands write it, and who loses its bytes is told', async (t) => {
  const { source, run } = await setUp(t);
  await writeFile(Buffer.concat([Buffer.from(`${source}/caf`), Buffer.of(0xe9)]), 'latin');
  await run(`create raw:${source}/caf%e9`);
  assert.equal(await run(`dump latest raw:${source}/caf%e9`), 'latin');
  assert.match(await run(`create ${source}/caf\ufffd`, { code: 2 }), /is written as files prints it \(raw:/);
});

test('a command for the password that would read waits for nothing, and one that fails is told without its text', async (t) => {
  const { run } = await setUp(t);
  assert.match(await run('list --password-command cat', { code: 2 }), /the password command is empty/);
  const failed = await run('list --password-command false', { code: 2 });
  assert.match(failed, /the password command failed \(exit code 1\)/);
});

test('a policy that would keep nothing forgets nothing', async (t) => {
  const { run } = await setUp(t);
  await run('create source --tag keep');
  assert.match(
    await run('forget --keep-tag keepp', { code: 2 }),
    /keeps none of 1 snapshot .*to forget all, name/,
  );
  assert.match(await run('forget --keep-tag keep'), /forgot 0/);
  assert.equal(JSON.parse(await run('list --json')).length, 1);
  assert.match(await run('forget latest'), /forgot 1/);
});

test('a time zone that is none is told, and an agent whose policy cannot be makes no backup', async (t) => {
  const { run } = await setUp(t);
  await run('create source');
  assert.match(
    await run('forget --keep-daily 1 --time-zone Mars/Base', { code: 2 }),
    /time zone "Mars\/Base"/,
  );
  const agent = 'schedule source --cron *_*_*_*_*_* --runs 1';
  for (const policy of ['--keep-daily x', '--keep-within 5x', '--keep-last 1 --group-by moon'])
    assert.match(await run(`${agent} ${policy}`, { code: 2 }), /5x|'x'|'moon'/);
  assert.equal(JSON.parse(await run('list --json')).length, 1);
});

test('of two repositories the one whose password is wrong is told by where it comes from', async (t) => {
  const { folder, run } = await setUp(t);
  await run(`init --repo ${folder}/copy`);
  const wrong = await run(`copy --to ${folder}/copy`, { code: 9 });
  assert.match(wrong, /; look at CAIRN_BACKUP_TO_PASSWORD, --to-password-file$/m);
  assert.match(await run('list --password-command echo', { code: 2 }), /is empty/);
});

test('a snapshot that cannot be read is no damage any more when it was forgotten', async (t) => {
  const { folder, run } = await setUp(t);
  const { snapshot } = JSON.parse(await run('create source --json'));
  await run('create source --time 2026-01-01T00:00:00Z');
  const object = join(folder, 'repository', 'snapshots+', snapshot);
  const bytes = await readFile(object);
  await writeFile(object, bytes.with(100, bytes[100]! ^ 1));
  await run('verify', { code: 1 });
  await run(`forget ${snapshot}`);
  assert.match(
    await run('verify'),
    /notice: snapshots\/.*: it is forgotten, and cannot be read[\s\S]*no damage/,
  );
});

test('times say that they are UTC', async (t) => {
  const { run } = await setUp(t);
  await run('create source --time 2026-01-01T10:20:30.5Z');
  for (const line of ['list', 'forget --keep-last 1']) assert.match(await run(line), /2026-01-01 10:20:30Z /);
  assert.match(await run('key list'), / \d\d:\d\d:\d\dZ /);
  assert.match(await run('files latest --long'), / \d\d:\d\d:\d\dZ /);
});

test('the time of a snapshot may have an offset, or be local', async (t) => {
  const { run } = await setUp(t);
  const words = ['2026-01-01T10:00:00+01:00', '2026-01-01T10:00:00'];
  for (const time of words) await run(`create source --time ${time}`);
  const times = JSON.parse(await run('list --json')).map(({ time }: { time: string }) => Date.parse(time));
  assert.deepEqual(times.sort(), words.map((time) => Date.parse(time)).sort());
});

test('an agent forgets what it made itself, and in a dry run nothing', async (t) => {
  const { folder, run } = await setUp(t);
  await mkdir(join(folder, 'more'));
  for (const day of [1, 2]) {
    await run(`create source --time 2026-01-0${day}T00:00:00Z`);
    await run(`create more --time 2026-01-0${day}T00:00:00Z`);
  }
  const agent = 'schedule more --cron *_*_*_*_*_* --runs 1 --json --gc --keep-last 1';
  assert.equal(JSON.parse(await run(`${agent} --dry-run`)).forgotten, 0);
  assert.equal(JSON.parse(await run('list --json')).length, 4);
  assert.equal(JSON.parse(await run(agent)).forgotten, 2);
  assert.equal(JSON.parse(await run(`list --json --path ${folder}/source`)).length, 2);
});

test('a time that an agent missed is made up for, whatever another agent of the host backed up since', async (t) => {
  const { folder, run } = await setUp(t);
  await mkdir(join(folder, 'more'));
  await run('create source --time 2020-01-01T00:00:00Z');
  await run('create more');
  // The next time is in January: only what was missed is run.
  const agent = 'schedule source --cron @yearly --runs 1 --json';
  const { due, ended } = JSON.parse(await run(agent));
  assert(Date.parse(ended) - Date.parse(due) < 60_000);
});

test('an agent ends with the exit code of its last run', async (t) => {
  const { run } = await setUp(t);
  const agent = 'schedule source nowhere --cron *_*_*_*_*_* --runs 1 --json';
  assert.match(await run(agent, { code: 3 }), /"outcome":"partial"/);
});

test('limits on bandwidth that would take a server for gone are refused', async (t) => {
  const { run } = await setUp(t);
  for (const line of ['create source --limit-upload 100', 'restore latest --limit-download 0'])
    assert.match(await run(line, { code: 2 }), /wanted is a size such as 512K, 64M, 2G, at least 16K/);
  await run('create source --limit-upload 10M --limit-download 1M');
  await run('restore latest --target back --limit-download 100M');
});
