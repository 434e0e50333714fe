// restic as a peer: `--compression auto`, which is zstd at its default level.

import { measureProcess, type ProcessCost } from '../measure-process.ts';
import type { Tool } from './tool.ts';
import { versionOf } from './version-of.ts';

const environment = { RESTIC_PASSWORD: 'bench', RESTIC_CACHE_DIR: '', RESTIC_PROGRESS_FPS: '0.01' };

export const restic: Tool = {
  name: 'restic',
  version: () => versionOf('restic', ['version']),
  init: async (repository) => {
    await run(repository, ['init', '--repository-version', '2']);
  },
  backup: (repository, folder) => run(repository, ['backup', '--compression', 'auto', folder]),
  restore: (repository, target) => run(repository, ['restore', 'latest', '--target', target]),
  verify: (repository) => run(repository, ['check', '--read-data']),
  list: (repository) => run(repository, ['ls', 'latest']),
  find: (repository, name) => run(repository, ['find', '--snapshot', 'latest', name]),
  diff: async (repository) => {
    const listed = await run(repository, ['snapshots', '--json']);
    const ids = (JSON.parse(listed.output) as { id: string }[]).slice(-2).map(({ id }) => id);
    return run(repository, ['diff', ...ids]);
  },
};

/** Its cache lies beside the repository, as ours does. */
function run(repository: string, args: readonly string[]): Promise<ProcessCost> {
  return measureProcess({
    command: 'restic',
    args: ['--repo', repository, ...args],
    environment: { ...environment, RESTIC_CACHE_DIR: `${repository}.cache` },
  });
}
