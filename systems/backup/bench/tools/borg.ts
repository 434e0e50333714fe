// borg as a peer, with zstd at our level or with lz4, its default.

import { mkdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { measureProcess, type ProcessCost } from '../measure-process.ts';
import type { Tool } from './tool.ts';
import { versionOf } from './version-of.ts';

export function borg(compression: 'lz4' | 'zstd,3'): Tool {
  return {
    name: compression === 'lz4' ? 'borg lz4' : 'borg zstd',
    version: () => versionOf('borg', ['--version']),
    init: async (repository) => {
      await run(repository, ['init', '--encryption', 'repokey-blake2', repository]);
    },
    backup: (repository, folder) =>
      run(
        repository,
        ['create', '--compression', compression, `${repository}::{now:%s%f}`, basename(folder)],
        dirname(folder),
      ),
    restore: async (repository, target) =>
      run(repository, ['extract', `${repository}::${(await archives(repository)).at(-1)}`], target),
    verify: (repository) => run(repository, ['check', '--verify-data', repository]),
    list: async (repository) =>
      run(repository, ['list', `${repository}::${(await archives(repository)).at(-1)}`]),
    find: async (repository, name) =>
      run(repository, [
        'list',
        `${repository}::${(await archives(repository)).at(-1)}`,
        `--pattern=+sh:**/${name}`,
        '--pattern=-sh:**',
      ]),
    diff: async (repository) => {
      const [before, after] = (await archives(repository)).slice(-2);
      return run(repository, ['diff', `${repository}::${before}`, `${after}`]);
    },
  };
}

async function archives(repository: string): Promise<string[]> {
  const { output } = await run(repository, ['list', '--short', repository]);
  return output.trim().split('\n');
}

async function run(repository: string, args: readonly string[], directory?: string): Promise<ProcessCost> {
  await mkdir(`${repository}.cache`, { recursive: true });
  return measureProcess({
    command: 'borg',
    args,
    environment: {
      BORG_PASSPHRASE: 'bench',
      BORG_BASE_DIR: `${repository}.cache`,
      BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
      BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
    },
    ...(directory !== undefined && { directory }),
  });
}
