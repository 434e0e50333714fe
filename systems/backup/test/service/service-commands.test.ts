// What commands do with a repository at the service beside backing up: agents report, usage is shown, a repository is removed,
// with a real server that is killed in the midst of it.

import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { CairnCommand } from '../cairn-command.ts';
import { CairnServer, serverCredentials } from '../cairn-server.ts';
import { until } from '../until.ts';

const credentials = {
  CAIRN_ACCESS_KEY: serverCredentials.accessKeyId,
  CAIRN_SECRET_KEY: serverCredentials.secretAccessKey,
};

test('an agent reports each run to the service, where it is listed, alerted of and forgotten', async (t) => {
  const server = await CairnServer.start(t);
  const cairn = await CairnCommand.on(t, server.repositoryUrl('home'), credentials);
  await cairn.succeed('init');
  const tree = await temporaryDirectory(t);
  await writeFile(join(tree, 'note'), 'text');
  const everySecond = ['schedule', tree, '--cron', '* * * * * *', '--agent', 'desk'];
  await cairn.succeed(...everySecond, '--runs', '2');
  const [agent, ...others] = JSON.parse(await cairn.succeed('agents', '--json'));
  assert.deepEqual(others, []);
  assert.deepEqual([agent.agent, agent.user, agent.late], ['desk', 'root', false]);
  assert.equal(agent.lastRun.outcome, 'done');
  assert.equal(agent.lastRun.files, 1);
  assert((await cairn.snapshots()).includes(agent.lastRun.snapshot));
  const failing = await cairn.run(...everySecond, '--before', 'exit 1', '--runs', '1', '--attempts', '1');
  assert.equal(failing.code, 1, failing.errors);
  const listed = await cairn.run('agents');
  assert.equal(listed.code, 1, 'its last run failed');
  assert.match(listed.output, /^desk +root +failed .*before/m);
  assert.match(listed.errors, /1 of 1 agents failed or are late/);
  const runs = JSON.parse(await cairn.succeed('agents', 'runs', 'desk', '--json'));
  assert.deepEqual(
    runs.map(({ outcome }: { readonly outcome: string }) => outcome),
    ['failed', 'done', 'done'],
  );
  await cairn.succeed('agents', 'remove', 'desk');
  assert.match(await cairn.succeed('agents'), /no agent has reported/);
  assert.match(await cairn.succeed('stats'), /are used; there is no quota/);
});

test('an agent that starts before its service is there begins with a run, and does not end for it', async (t) => {
  const cairn = await CairnCommand.on(t, 'cairn://127.0.0.1:1/home', credentials);
  const words = ['--cron', '@yearly', '--runs', '1', '--attempts', '1', '--retry-for', '0', '--json'];
  const { code, output, errors } = await cairn.run('schedule', '/etc/hostname', ...words);
  assert.equal(code, 1, errors);
  assert.equal(JSON.parse(output).outcome, 'failed');
  assert.match(errors, /the store cannot be reached/);
});

test('to a folder an agent says that its reports stay with it, and what only the service does is refused', async (t) => {
  const folder = await temporaryDirectory(t);
  const cairn = await CairnCommand.on(t, `file:${folder}/repository`);
  await cairn.succeed('init');
  const scheduled = await cairn.run('schedule', folder, '--cron', '* * * * * *', '--runs', '1', '--json');
  assert.equal(scheduled.code, 0, scheduled.errors);
  assert.match(scheduled.errors, /reports of runs stay here: .*cairn:/);
  assert.equal(JSON.parse(scheduled.output).outcome, 'done');
  for (const words of [['agents'], ['destroy', '--confirm', 'repository']]) {
    const refused = await cairn.run(...words);
    assert.equal(refused.code, 2);
    assert.match(refused.errors, /only a repository at Cairn's backup service/);
  }
});

test('an access key that the service does not know is told from one that may not, with the exit code of wrong credentials', async (t) => {
  const server = await CairnServer.start(t);
  const wrong = { ...credentials, CAIRN_SECRET_KEY: 'wrong' };
  const cairn = await CairnCommand.on(t, server.repositoryUrl('home'), wrong);
  for (const words of [['init'], ['list'], ['agents']]) {
    const { code, errors } = await cairn.run(...words);
    assert.equal(code, 9, `${words}: ${errors}`);
    assert.match(errors, /look at CAIRN_ACCESS_KEY and CAIRN_SECRET_KEY/);
  }
});

test('so is one that an S3 server does not know, and a bucket that is not there is not one that init would make', async (t) => {
  const server = await CairnServer.start(t);
  const url = server.bucketUrl('backups');
  const { accessKeyId, secretAccessKey } = serverCredentials;
  const known = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  const s3 = { ...known, AWS_REGION: 'us-east-1' };
  const missing = await (await CairnCommand.on(t, url, s3)).run('init');
  assert.equal(missing.code, 1);
  assert.match(missing.errors, /NoSuchBucket.*; make the bucket first$/m);
  await server.createBucket('backups');
  for (const wrong of [{ AWS_SECRET_ACCESS_KEY: 'wrong' }, { AWS_ACCESS_KEY_ID: 'nobody' }]) {
    const { code, errors } = await (await CairnCommand.on(t, url, { ...s3, ...wrong })).run('list');
    assert.equal(code, 9, errors);
    assert.match(errors, /look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
  }
});

test('a server that is killed while it removes a repository removes the rest when it is started again', async (t) => {
  const server = await CairnServer.start(t);
  const cairn = await CairnCommand.on(t, server.repositoryUrl('old'), credentials);
  await cairn.succeed('init');
  const objects = join(server.dataDirectory, 'backup/repositories/old/objects+');
  await mkdir(objects);
  await Promise.all(Array.from({ length: 20_000 }, (_, name) => writeFile(join(objects, `${name}`), '')));
  const count = async () => (await readdir(objects)).length;
  const mistaken = await cairn.run('destroy', '--confirm', 'home');
  assert.deepEqual([mistaken.code, await count()], [2, 20_000]);
  assert.match(mistaken.errors, /say --confirm old, not --confirm home/);

  const { finished } = cairn.start('destroy', '--confirm', 'old');
  await until('the first objects are gone', async () => (await count()) < 20_000);
  await server.kill();
  assert.notEqual((await finished).code, 0);
  assert((await count()) > 0, 'it was killed in the midst of it');
  await server.start();
  assert.match((await cairn.run('list')).errors, /there is no repository/);
  await until('no object is left', async () => (await count()) === 0);
  await until('its name is free', async () => (await cairn.run('init')).code === 0);
  assert.deepEqual(await cairn.snapshots(), []);
});
