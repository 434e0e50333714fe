// What a command of backup loads. Each module costs a third of a millisecond of CPU and memory in each thread: a command that
// is called every few minutes must not carry what servers and tests need.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '@cairn/testing';

const command = join(import.meta.dirname, '../bin/cairn.js');
const noting = join(import.meta.dirname, 'note-loaded.ts');

/** Of servers, tests, and commands that were not asked for. */
const unneeded = [
  /\/node_modules\/(zod|hono|pino|kysely|croner|saxes)\//,
  /\/foundation\/world\/src\/(simulated|scenario)/,
  /\/foundation\/engines\/src\/(sql|log|index)/,
  /\/foundation\/(service|telemetry|segment-log)\//,
  /\/foundation\/hashing\/src\/index/,
  /\/systems\/(identity|object-storage|message-queue)\//,
  /\/systems\/backup\/src\/(service|webdav|schedule|repair|transform|system)/,
];

test('commands of backup load nothing that only servers, tests and other commands need', async (t) => {
  const folder = await temporaryDirectory(t);
  const source = join(folder, 'source');
  await mkdir(source);
  await writeFile(join(source, 'note.txt'), 'a note\n');
  for (const line of [
    'init',
    `create ${source}`,
    'list',
    'find note.txt',
    `restore latest --target ${folder}/back`,
    'verify --read-data',
  ]) {
    const loaded = await loadedBy(folder, line);
    assert(
      loaded.some((url) => url.includes('/systems/backup/src/')),
      `${line}: loaded is noted`,
    );
    const needless = loaded.filter((url) => unneeded.some((pattern) => pattern.test(url)));
    assert.deepEqual(needless, [], line);
  }
});

async function loadedBy(folder: string, line: string): Promise<readonly string[]> {
  const notes = join(folder, 'loaded');
  await rm(notes, { force: true });
  await promisify(execFile)(process.execPath, ['--import', noting, command, 'backup', ...line.split(' ')], {
    env: {
      LOADED_MODULES: notes,
      CAIRN_BACKUP_REPOSITORY: `file:${join(folder, 'repository')}`,
      CAIRN_BACKUP_PASSWORD: 'secret',
    },
  });
  return (await readFile(notes, 'utf8')).trimEnd().split('\n');
}
