// `cairn backup list`: the snapshots of a repository.

import { matchesFilter, type Snapshot } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { CommandFailed } from '../../exit-codes.ts';
import { bytesText } from '../../output/bytes.ts';
import { countText } from '../../output/count.ts';
import { wholeNumber } from '../../output/option-values.ts';
import { printResult } from '../../output/print-result.ts';
import { table } from '../../output/table.ts';
import { instantText } from '../../output/time.ts';
import { addRepositoryOptions, type RepositoryOptions } from './repository-options.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './snapshot-filter.ts';
import { withRepository } from './with-repository.ts';

type ListOptions = RepositoryOptions & FilterOptions & { readonly latest?: number };

export function addListCommand(noun: Command, context: CommandContext): void {
  addFilterOptions(
    addRepositoryOptions(
      noun
        .command('list')
        .description('Lists the snapshots, oldest first. Exits with 1 when one cannot be read.'),
    ),
  )
    .option('--latest <n>', 'only the newest n', wholeNumber('--latest'))
    .action((options: ListOptions) =>
      withRepository(context, options, async (repository) => {
        const { snapshots: all, damaged } = await repository.snapshots();
        const snapshots = all.filter((snapshot) => matchesFilter(snapshot, filterOf(options)));
        const shown = options.latest === undefined ? snapshots : snapshots.slice(-options.latest);
        printResult(context, options, { result: shown.map(snapshotJson), text: () => snapshotsText(shown) });
        if (damaged.length === 0) return;
        const named = damaged.map(({ name, problem }) => `cannot read ${name}: ${problem}`);
        throw new CommandFailed('no', named.join('\n'));
      }),
    );
}

/** As the object in the repository has it: fingerprints in hex. */
function snapshotJson({ root, ...snapshot }: Snapshot): object {
  const { fingerprints, lengthBytes } = root;
  const digits = Buffer.from(fingerprints).toString('hex');
  return { ...snapshot, root: { chunks: digits.match(/.{64}/g) ?? [], length: lengthBytes } };
}

function snapshotsText(snapshots: readonly Snapshot[]): string {
  const rows = table(snapshots, [
    { title: 'snapshot', value: ({ id }) => id.slice(0, 8) },
    { title: 'time', value: ({ time }) => instantText(time) },
    { title: 'host', value: ({ host }) => host },
    { title: 'tags', value: ({ tags }) => tags.join(',') },
    { title: 'files', value: ({ summary }) => summary.files },
    { title: 'size', value: ({ summary }) => bytesText(summary.bytes) },
    { title: 'added', value: ({ summary }) => bytesText(summary.bytesAdded) },
    { title: 'paths', value: ({ paths }) => paths.join(' ') },
  ]);
  return `${rows}${countText(snapshots.length, 'snapshot')}\n`;
}
