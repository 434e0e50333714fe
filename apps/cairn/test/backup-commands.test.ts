// `cairn backup` from init to gc, as a user types it: what it prints, what it gives scripts, how it exits.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setUp } from './backup-repository.ts';
import { runCommand } from './run-command.ts';

test('a backup is made, looked at, changed, compared and restored', async (t) => {
  const { folder, source, run } = await setUp(t);
  const first = JSON.parse(await run('create source --tag a,b --json'));
  assert.equal(first.summary.files, 2);
  assert.deepEqual(first.problems, []);
  assert.match(await run('create source'), /0 new, 0 changed, 2 unmodified files/);

  await writeFile(join(source, 'notes', 'two.txt'), 'the second note\n');
  await rm(join(source, 'big.bin'));
  await run('create source');
  const snapshots = JSON.parse(await run('list --json'));
  assert.equal(snapshots.length, 3);
  assert.match(await run('list --tag a'), /1 snapshot\n$/);

  const files = await run('files latest');
  assert.deepEqual(files.trim().split('\n').slice(-3), [
    join(source, 'notes'),
    join(source, 'notes', 'one.txt'),
    join(source, 'notes', 'two.txt'),
  ]);
  assert.match(
    await run(`files ${first.snapshot} ${source} --directory --long`),
    /^-rw-r--r-- .* 300000 .*big\.bin$/m,
  );
  const [entry] = (await run(`files latest ${source}/notes/one.txt --json`))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(entry.size, 15);

  const changes = await run(`diff ${first.snapshot} latest ${source}`);
  assert.match(changes, new RegExp(`^- ${source}/big.bin$`, 'm'));
  assert.match(changes, new RegExp(`^\\+ ${source}/notes/two.txt$`, 'm'));
  assert.match(changes, /1 added, 1 removed, 0 changed/);
  assert.equal((await run('find *.bin')).trim().split('\n').length, 2);
  await run('find nothing-like-it', { code: 1 });

  await run(`restore ${first.snapshot} --target back --from ${source}`);
  assert.deepEqual((await readdir(join(folder, 'back'))).sort(), ['big.bin', 'notes']);
  assert.equal(await readFile(join(folder, 'back/notes/one.txt'), 'utf8'), 'the first note\n');
  assert.equal(await run(`dump latest ${source}/notes/two.txt`), 'the second note\n');
  assert.match(await run(`dump latest ${source}/notes`), /ustar/);
});

test('standard input becomes a file', async (t) => {
  const { run } = await setUp(t);
  await run('create --stdin shop.sql', { input: [Buffer.from('create table '), Buffer.from('t;\n')] });
  assert.equal(await run('dump latest /shop.sql'), 'create table t;\n');
});

test('snapshots are forgotten by a policy or by name, and gc gives the space back', async (t) => {
  const { source, run } = await setUp(t);
  for (const day of [1, 2, 3]) {
    await writeFile(
      join(source, 'random.bin'),
      Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * day * 7919) % 251)),
    );
    await run(`create source --time 2026-01-0${day}T00:00:00Z`);
  }
  await run('forget', { code: 2 });
  assert.match(await run('forget --keep-daily 2 --dry-run'), /would forget 1/);
  assert.equal(JSON.parse(await run('list --json')).length, 3);
  assert.match(await run('forget --keep-daily 2'), /forgot 1;/);
  await run('forget latest');
  assert.equal(JSON.parse(await run('list --json')).length, 1);
  const report = JSON.parse(await run('gc --max-unused 0 --json'));
  assert(report.bytesFreed > report.bytesRewritten, JSON.stringify(report));
  assert.match(await run('verify --read-data'), /no damage/);
});

test('damage is found, named and repaired', async (t) => {
  const { folder, source, run } = await setUp(t);
  await run('create source');
  const packs = await readdir(join(folder, 'repository'), { recursive: true });
  const pack = packs.filter((path) => /[0-9a-f]{64}$/.test(path) && path.includes('packs'));
  let found = '';
  for (const path of pack) {
    const bytes = await readFile(join(folder, 'repository', path));
    await writeFile(join(folder, 'repository', path), bytes.with(60, bytes[60]! ^ 1));
    found = await run('verify --read-data', { code: 1 });
    assert.match(found, /damage: /);
    await writeFile(join(folder, 'repository', path), bytes);
  }
  assert.match(await run('verify --read-data'), /no damage/);
  const [data] = pack;
  await rm(join(folder, 'repository', data!));
  assert.match(await run('verify', { code: 1 }), /is missing|not there|gone/);
  await run('repair', { code: 1 });
  // What the source still has is stored anew by the next backup.
  await run(`create ${source} --force`);
  await run('restore latest --target again');
  assert.equal(await readFile(join(folder, 'again', source, 'notes/one.txt'), 'utf8'), 'the first note\n');
});

test('with config or the keyring hurt every command works, verify names it and repair mends it; with both copies none does', async (t) => {
  const { folder, run } = await setUp(t);
  for (const name of ['config', 'keyring.copy']) {
    await flipBit(join(folder, 'repository', name));
    await run('create source');
    assert.match(await run('verify', { code: 1 }), new RegExp(`${name}: .*repair`));
    assert.match(await run('repair'), new RegExp(`wrote ${name} anew`));
    assert.match(await run('verify'), /no damage/);
  }
  for (const name of ['keyring', 'keyring.copy']) await flipBit(join(folder, 'repository', name));
  assert.match(await run('list', { code: 1 }), /read keyring: .*keyring\.copy/);
  assert.match(await run('repair', { code: 1 }), /keyring\.copy/);
});

async function flipBit(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await writeFile(path, bytes);
}

test('a snapshot whose own object is hurt is forgotten by its id', async (t) => {
  const { folder, run } = await setUp(t);
  const { snapshot } = JSON.parse(await run('create source --json'));
  const object = join(folder, 'repository', 'snapshots+', snapshot);
  const bytes = await readFile(object);
  await writeFile(object, bytes.fill(bytes[60]! ^ 1, 60, 61));
  assert.match(await run('repair', { code: 1 }), new RegExp(`snapshot ${snapshot.slice(0, 8)} is lost`));
  await run('gc', { code: 1 });
  const forgot = await run(`forget ${snapshot.slice(0, 8)}`);
  assert.equal(
    forgot,
    `  forgot  ${snapshot.slice(0, 8)}  cannot be read\nforgot 1; gc gives the space back\n`,
  );
  assert.match(await run('gc'), /removed 2 packs/);
});

test('a dry run of a repair says that it could not look at snapshots', async (t) => {
  const { folder, run } = await setUp(t);
  await run('create source');
  await rm(join(folder, 'repository', 'index+'), { recursive: true });
  assert.match(
    await run('repair --dry-run'),
    /index: 2 packs added.* lost an unknown number\nsnapshots were not examined/s,
  );
  assert.doesNotMatch(await run('repair'), /not examined/);
});

test('tags, rewritten copies, statistics and single objects', async (t) => {
  const { source, run } = await setUp(t);
  const { snapshot } = JSON.parse(await run('create source --json'));
  assert.match(await run('tag latest --add kept'), /is now [0-9a-f]{8}/);
  assert.match(await run('list --tag kept'), /1 snapshot/);
  assert.match(await run('rewrite latest --exclude *.bin --forget'), /is now/);
  assert.doesNotMatch(await run('files latest'), /big\.bin/);
  assert.match(await run('stats'), /compressed/);
  assert.equal(JSON.parse(await run('stats --mode restore-size --json')).files, 1);
  assert.equal(JSON.parse(await run('inspect latest')).kind, 'snapshot');
  assert.equal(JSON.parse(await run(`inspect latest:${source}/notes/one.txt`)).size ?? 15, 15);
  assert.equal(typeof snapshot, 'string');
});

test('several passwords open it, and another repository takes copies', async (t) => {
  const { folder, run } = await setUp(t);
  await run('create source');
  const { id } = JSON.parse(await run('key add --label laptop --json'));
  assert.match(await run('key list'), /laptop/);
  const other = {
    CAIRN_BACKUP_PASSWORD: 'another',
    CAIRN_BACKUP_REPOSITORY: `file:${join(folder, 'repository')}`,
  };
  const { code, output } = await runCommand(['backup', 'list', '--no-cache'], { environment: other });
  assert.equal(code, 0);
  assert.match(output, /1 snapshot/);
  await run(`key remove ${id}`);
  assert.equal((await runCommand(['backup', 'list', '--no-cache'], { environment: other })).code, 9);

  const copy = {
    CAIRN_BACKUP_REPOSITORY: `file:${join(folder, 'copy')}`,
    CAIRN_BACKUP_PASSWORD: 'of the copy',
  };
  assert.equal((await runCommand(['backup', 'init'], { environment: copy })).code, 0);
  assert.match(await run(`copy --to file:${join(folder, 'copy')}`), /is now/);
  assert.match(
    (await runCommand(['backup', 'verify', '--read-data', '--no-cache'], { environment: copy })).output,
    /no damage/,
  );
});

test('what cannot be read is named, and the backup is a partial success', async (t) => {
  const { run } = await setUp(t);
  assert.match(await run('create source nowhere', { code: 3 }), /nowhere/);
  assert.equal(JSON.parse(await run('list --json')).length, 1);
});

test('mistakes are told with what is wanted', async (t) => {
  const { folder, run } = await setUp(t);
  assert.match(await run('create', { code: 2 }), /nothing to back up/);
  assert.match(await run('init', { code: 1 }), /there is a repository already/);
  assert.match(await run('files nope', { code: 1 }), /there is no such snapshot/);
  assert.match(await run('list --repo ftp://host/x', { code: 2 }), /ftp/);
  assert.match(
    await run(`list --repo file:${join(folder, 'nowhere')}`, { code: 1 }),
    /there is no repository/,
  );
  assert.deepEqual((await readdir(folder)).includes('nowhere'), false);
  assert.match(
    await run('list --repo nowhere', { code: 1 }),
    /nowhere is not there, or empty\); .*init makes one/,
  );
  assert.match(
    await run('create file:nowhere source', { code: 2 }),
    /named by --repo URL; .*'\.\/file:nowhere'/,
  );
  assert.match(await run('schedule s3://nowhere source --cron @daily', { code: 2 }), /named by --repo URL/);
  assert.match(await run('list file:nowhere', { code: 2 }), /too many arguments[\s\S]*named by --repo URL/);
  assert.doesNotMatch(await run('verify 5%', { code: 2 }), /--repo URL/);
  assert.match(
    await run('list --repo cairn://nas/home', { code: 9 }),
    /set CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY/,
  );
  assert.match(await run('destroy --confirm repository', { code: 2 }), /elsewhere remove the folder/);
  const inTheWay = join(folder, 'source/big.bin');
  assert.match(await run(`list --repo file:${inTheWay}`, { code: 2 }), /^could not .*big\.bin/);
  const wrong = {
    CAIRN_BACKUP_REPOSITORY: `file:${join(folder, 'repository')}`,
    CAIRN_BACKUP_PASSWORD: 'wrong',
  };
  assert.equal((await runCommand(['backup', 'list'], { environment: wrong })).code, 9);
  const none = { CAIRN_BACKUP_REPOSITORY: `file:${join(folder, 'repository')}`, CAIRN_NO_PROMPT: '1' };
  const { code, errors } = await runCommand(['backup', 'list'], { environment: none });
  assert.equal(code, 2);
  assert.match(errors, /CAIRN_BACKUP_PASSWORD/);
});

test('repositories that share chunks take copies and backups of the same files without storing anything twice', async (t) => {
  const { folder, source, run } = await setUp(t);
  await writeFile(join(source, 'noise'), randomBytes(100_000));
  await run('create source');
  const environment = {
    CAIRN_BACKUP_PASSWORD: 'of the copy',
    CAIRN_BACKUP_FROM_PASSWORD: 'secret',
    CAIRN_BACKUP_CACHE: join(folder, 'cache'),
  };
  const onCopy = async (line: string, code = 0) => {
    const words = ['backup', ...line.split(' '), '--repo', join(folder, 'copy')];
    const done = await runCommand(words, { environment, directory: folder });
    assert.equal(done.code, code, `${line}: ${done.output}${done.errors}`);
    return `${done.output}${done.errors}`;
  };
  const shared = `init --same-chunks-as ${join(folder, 'repository')}`;
  assert.match(await onCopy(`${shared} --chunk-size 4K,8K,16K`, 2), /leave them out/);
  await onCopy(shared);
  const packs = async () => {
    const names = await readdir(join(folder, 'copy'), { recursive: true });
    return names.filter((name) => /packs\+.*[0-9a-f]{64}$/.test(name)).sort();
  };
  await run(`copy --to ${join(folder, 'copy')}`);
  const { summary } = JSON.parse(await onCopy('create source --json'));
  assert(summary.bytesAdded < 4096, `${summary.bytesAdded} bytes: the noise was stored again`);
  const copied = await packs();
  await run('tag latest --add again');
  await run(`copy --to ${join(folder, 'copy')}`);
  assert.deepEqual(await packs(), copied);
  const wrong = { ...environment, CAIRN_BACKUP_FROM_PASSWORD: 'of the copy' };
  const words = ['backup', ...shared.split(' '), '--repo', join(folder, 'third')];
  assert.equal((await runCommand(words, { environment: wrong, directory: folder })).code, 9);
  assert(!(await readdir(folder)).includes('third'));
});

test('a secret that would go in the clear is warned of, once, and never where scripts read', async () => {
  const environment = {
    CAIRN_BACKUP_REPOSITORY: 'cairn://192.0.2.1.invalid:1/home',
    CAIRN_BACKUP_PASSWORD: 'x',
    CAIRN_ACCESS_KEY: 'KEY',
    CAIRN_SECRET_KEY: 'SECRET',
    CAIRN_NO_PROMPT: '1',
  };
  const warned = await runCommand(['backup', 'copy', '--to', '', '--json'], { environment });
  assert.equal(warned.output, '');
  assert.equal(warned.errors.match(/goes to 192\.0\.2\.1\.invalid:1 in the clear; cairns:/g)?.length, 1);
  const local = { ...environment, CAIRN_BACKUP_REPOSITORY: 'cairn://127.0.0.1:1/home' };
  const quiet = await runCommand(['backup', 'list', '--json'], { environment: local });
  assert.doesNotMatch(quiet.errors, /in the clear/);
});

test('a signal stops a backup in order, and the exit code says so', async (t) => {
  const { folder, run } = await setUp(t);
  const environment = {
    CAIRN_BACKUP_REPOSITORY: `file:${join(folder, 'repository')}`,
    CAIRN_BACKUP_PASSWORD: 'secret',
  };
  const hook = 'kill -INT $PPID; exec sleep 30';
  const words = ['backup', 'create', 'source', '--before', hook];
  const stopped = await runCommand(words, { environment, directory: folder });
  assert.deepEqual(stopped, { code: 130, output: '', errors: 'interrupted\n' });
  assert.deepEqual(JSON.parse(await run('list --json')), []);
});

test('values that nothing can be done with are refused before anything is done', async (t) => {
  const { run } = await setUp(t);
  assert.match(await run('create source --time yesterday', { code: 2 }), /could not use --time 'yesterday'/);
  assert.match(await run('create source --threads 0', { code: 2 }), /wanted is a whole number, 1 to 256/);
  assert.match(await run('create source --threads 257', { code: 2 }), /wanted is a whole number, 1 to 256/);
  assert.match(await run('restore latest --threads 0', { code: 2 }), /wanted is a whole number, 1 to 256/);
  assert.deepEqual(JSON.parse(await run('list --json')), []);
});

test('a restore of which nothing matches is no success', async (t) => {
  const { run } = await setUp(t);
  await run('create source');
  assert.match(await run('restore latest --target back --include /nowhere', { code: 1 }), /nothing in the/);
});

test('what another host named moves no cursor', async (t) => {
  const { run } = await setUp(t);
  await run('create source --host \u001b]0;owned\u0007 --tag \u009b31mred');
  for (const line of ['list', 'forget --keep-last 1', 'forget --keep-last 1 --group-by host,tags', 'stats']) {
    assert.doesNotMatch(await run(line), /[^\P{Control}\n]/u, line);
  }
  assert.match(await run('forget --keep-last 1'), /^host \uFFFD]0;owned\uFFFD, paths .*source$/m);
  assert.doesNotMatch(await run('files \u001b[31m', { code: 1 }), /[^\P{Control}\n]/u);
});

test('the root of a snapshot is hex to scripts', async (t) => {
  const { run } = await setUp(t);
  await run('create source');
  const [{ root }] = JSON.parse(await run('list --json'));
  assert.match(root.chunks[0], /^[0-9a-f]{64}$/);
  assert(root.length > 0);
});

test('an agent whose gc fails tries that again, and makes no further snapshot', async (t) => {
  const { folder, source, run } = await setUp(t);
  // On another file system nothing can be linked to its name: condemnations can be listed, and not put.
  const elsewhere = await mkdtemp('/dev/shm/cairn-').catch(() => undefined);
  if (elsewhere === undefined) return t.skip('there is no /dev/shm');
  t.after(() => rm(elsewhere, { recursive: true }));
  if ((await stat(elsewhere)).dev === (await stat(folder)).dev)
    return t.skip('/dev/shm is no file system of its own');
  const { snapshot } = JSON.parse(await run('create source --json'));
  await run(`forget ${snapshot}`);
  await writeFile(join(source, 'big.bin'), randomBytes(1000));
  await symlink(elsewhere, join(folder, 'repository', 'condemned+'));
  const agent = await run(
    'schedule source --cron *_*_*_*_*_* --gc --attempts 3 --retry-seconds 0 --runs 1 --json',
    { code: 1 },
  );
  const { outcome, attempts, error } = JSON.parse(agent.split('\n')[0]!);
  assert.deepEqual([outcome, attempts], ['failed', 3]);
  assert.match(error, /condemned/);
  assert.equal(JSON.parse(await run('list --json')).length, 1);
});
