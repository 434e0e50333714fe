// `cairn backup serve`, as a process of its own: what it prints, and how it ends.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { cleanUpAfter, temporaryDirectory } from '@cairn/testing';
import { runCommand } from './run-command.ts';

const program = join(import.meta.dirname, '../bin/cairn.js');

async function prepare(t: TestContext) {
  const directory = await temporaryDirectory(t);
  const environment = {
    CAIRN_BACKUP_REPOSITORY: `file:${join(directory, 'repository')}`,
    CAIRN_BACKUP_PASSWORD: 'correct horse',
    CAIRN_BACKUP_CACHE: join(directory, 'cache'),
  };
  const command = async (line: string) => {
    const { code, errors } = await runCommand(line, { environment, directory });
    assert.equal(code, 0, errors);
  };
  await writeFile(join(directory, 'file'), 'content');
  await command('backup init');
  await command(`backup create ${join(directory, 'file')}`);
  return { directory, environment };
}

/** The child, and the first line that it prints. */
async function serve(
  t: TestContext,
  { directory, environment }: Awaited<ReturnType<typeof prepare>>,
  parameters: readonly string[],
) {
  const child = spawn(process.execPath, [program, 'backup', 'serve', ...parameters], {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanUpAfter(t, async () => child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, line: String(line) };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`serves snapshots until ${signal}, and ends with 0`, async (t) => {
    const prepared = await prepare(t);
    const { child, line } = await serve(t, prepared, ['--listen', '127.0.0.1:0']);
    const url = /^backup webdav (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(line)?.[1];
    assert.ok(url !== undefined, line);
    const answer = await fetch(new URL(`snapshots/latest${prepared.directory}/file`, url));
    assert.equal(await answer.text(), 'content');
    child.kill(signal);
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });
}

test('one snapshot, a user and a password, JSON for scripts', async (t) => {
  const prepared = await prepare(t);
  await writeFile(join(prepared.directory, 'secret'), 'open sesame\n');
  const { line } = await serve(t, prepared, [
    ...['latest', '--listen', '0.0.0.0:0', '--json'],
    ...['--user', 'ann', '--user-password-file', 'secret'],
  ]);
  const { event, protocol, url } = JSON.parse(line);
  assert.deepEqual([event, protocol], ['endpoint', 'webdav']);
  const file = new URL(`${prepared.directory}/file`, url.replace('0.0.0.0', '127.0.0.1'));
  assert.equal((await fetch(file)).status, 401);
  const authorization = `Basic ${Buffer.from('ann:open sesame').toString('base64')}`;
  assert.equal(await (await fetch(file, { headers: { authorization } })).text(), 'content');
});

test('what cannot be is told before anything is opened, or by its exit code', async (t) => {
  const { directory, environment } = await prepare(t);
  await writeFile(join(directory, 'empty'), '\n');
  for (const [parameters, reason] of [
    ['--listen 7001', /wanted is HOST:PORT/],
    ['--listen 127.0.0.1:70000', /wanted is HOST:PORT/],
    ['--user ann', /--user-password-file/],
    ['--user-password-file empty', /--user NAME/],
    ['--user a:b --user-password-file empty', /without a colon/],
    ['--user ann --user-password-file empty', /is empty/],
    ['--user ann --user-password-file none', /could not read/],
    ['--user ann --user-password-file empty --no-auth', /--no-auth/],
    ['--listen 0.0.0.0:0', /listen on 0\.0\.0\.0: other machines reach it: .*--user.*--no-auth/],
  ] as const) {
    const { code, errors } = await runCommand(`backup serve ${parameters}`, { environment, directory });
    assert.equal(code, 2, errors);
    assert.match(errors, reason);
  }
  const { code } = await runCommand('backup serve 00000000', { environment, directory });
  assert.equal(code, 1);
});
