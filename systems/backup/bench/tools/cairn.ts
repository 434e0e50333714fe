// Ours, as a user calls it.

import { fileURLToPath } from 'node:url';
import { measureProcess, type ProcessCost } from '../measure-process.ts';
import type { Tool } from './tool.ts';

const command = fileURLToPath(new URL('../../../../apps/cairn/bin/cairn.js', import.meta.url));

/** `init` takes flags of the repository; without any, its defaults. */
export function cairn(initFlags: readonly string[] = []): Tool {
  return {
    name: ['cairn', ...initFlags].join(' '),
    version: async () => 'this checkout',
    init: async (repository) => {
      await run(repository, ['init', ...initFlags]);
    },
    backup: (repository, folder) => run(repository, ['create', folder]),
    restore: (repository, target) => run(repository, ['restore', 'latest', '--target', target]),
    verify: (repository) => run(repository, ['verify', '--read-data']),
    list: (repository) => run(repository, ['files', 'latest']),
    // Exits with 1 where there is none, as in some corpora.
    find: (repository, name) => run(repository, ['find', name, '--snapshot', 'latest'], [0, 1]),
    diff: async (repository) => {
      const { output } = await run(repository, ['list', '--json']);
      const ids = (JSON.parse(output) as { id: string }[]).slice(-2).map(({ id }) => id);
      return run(repository, ['diff', ...ids]);
    },
  };
}

function run(
  repository: string,
  args: readonly string[],
  codes: readonly number[] = [0],
): Promise<ProcessCost> {
  return measureProcess({
    codes,
    command: process.execPath,
    args: [command, 'backup', ...args],
    environment: {
      CAIRN_BACKUP_REPOSITORY: `file:${repository}`,
      CAIRN_BACKUP_PASSWORD: 'bench',
      CAIRN_BACKUP_CACHE: `${repository}.cache`,
    },
  });
}
