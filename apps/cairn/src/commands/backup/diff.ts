// `cairn backup diff`: what changed between two snapshots.

import {
  diffTrees,
  openTree,
  pathBytes,
  pathText,
  type Repository,
  resolveSnapshot,
  type TreeChange,
  type TreeEntry,
} from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { OutputBuffer } from './output-buffer.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { withRepository } from './with-repository.ts';

type DiffOptions = RepositoryOptions & { readonly metadata?: boolean };

const signs = { added: '+', removed: '-', type: 'T', content: 'M', metadata: 'U' } as const satisfies Record<
  TreeChange['kind'],
  string
>;

export function addDiffCommand(noun: Command, context: CommandContext): void {
  addRepositoryOptions(
    noun
      .command('diff')
      .description(
        'Tells what changed from one snapshot to another: + added, - removed, M content, T another type, U metadata (with --metadata).',
      )
      .argument('<before>', 'an id, the beginning of one, or latest')
      .argument('<after>', 'an id, the beginning of one, or latest')
      .argument('[path]', 'only below this directory'),
  )
    .option('--metadata', 'also where only mode, owner, time or attributes differ')
    .action((before: string, after: string, path: string | undefined, options: DiffOptions) =>
      withRepository(context, options, async (repository) => {
        const at = pathBytes(path ?? '/');
        const [left, right] = [
          await directoryOf(repository, before, at),
          await directoryOf(repository, after, at),
        ];
        const print = new OutputBuffer(context);
        const counts = { added: 0, removed: 0, type: 0, content: 0, metadata: 0 };
        for await (const change of diffTrees(repository, left, right, { path: at })) {
          counts[change.kind] += 1;
          if (change.kind === 'metadata' && options.metadata !== true) continue;
          if (!(await print.add(changeLine(change, options)))) return;
        }
        if (options.json !== true) await print.add(countsLine(counts));
        await print.flush();
      }),
    );
}

async function directoryOf(repository: Repository, name: string, path: Uint8Array): Promise<TreeEntry> {
  const tree = openTree(repository, await resolveSnapshot(repository, name));
  const entry = await tree.resolve(path);
  if (entry?.type === 'directory') return entry;
  throw new CommandFailed('no', `snapshot ${name} has no directory ${pathText(path)}`);
}

function changeLine({ kind, path, ...change }: TreeChange, { json }: DiffOptions): string {
  const isDirectory = ('after' in change ? change.after : change.before).type === 'directory';
  const text = `${pathText(path)}${isDirectory ? '/' : ''}`;
  return json === true ? `${JSON.stringify({ change: kind, path: text })}\n` : `${signs[kind]} ${text}\n`;
}

function countsLine(counts: Readonly<Record<TreeChange['kind'], number>>): string {
  const { added, removed, type, content, metadata } = counts;
  return `${added} added, ${removed} removed, ${content + type} changed, ${metadata} with other metadata only\n`;
}
