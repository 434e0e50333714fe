// A repository and files to back up, for tests of the commands.

import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryDirectory } from '@cairn/testing';
import { runCommand } from './run-command.ts';

type Run = (line: string, options?: { input?: readonly Uint8Array[]; code?: number }) => Promise<string>;

/** A folder with a repository in `repository` and files in `source`, and a way to run commands on it. */
export async function setUp(
  t: TestContext,
): Promise<{ folder: string; source: string; run: Run; fail: Run }> {
  const folder = await temporaryDirectory(t);
  const source = join(folder, 'source');
  await mkdir(join(source, 'notes'), { recursive: true });
  await writeFile(join(source, 'notes', 'one.txt'), 'the first note\n');
  await writeFile(join(source, 'big.bin'), Buffer.alloc(300_000, 'abc'));
  const environment = {
    CAIRN_BACKUP_REPOSITORY: `file:${join(folder, 'repository')}`,
    CAIRN_BACKUP_PASSWORD: 'secret',
    CAIRN_BACKUP_CACHE: join(folder, 'cache'),
    CAIRN_BACKUP_NEW_PASSWORD: 'another',
    CAIRN_BACKUP_TO_PASSWORD: 'of the copy',
    CAIRN_NO_PROMPT: '1',
  };
  const run: Run = async (line, { input, code: wanted = 0 } = {}) => {
    const words = ['backup', ...line.split(' ').filter(Boolean)].map((word) => word.replaceAll('*_', '* '));
    const options = { environment, directory: folder, ...(input !== undefined && { input }) };
    const { code, output, errors } = await runCommand(words, options);
    assert.equal(code, wanted, `${line}: ${output}${errors}`);
    return wanted === 0 ? output : `${output}${errors}`;
  };
  await run('init');
  return { folder, source, run, fail: run };
}
