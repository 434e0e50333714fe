// The options that choose among snapshots, the same for every command that lists or changes several.

import type { Repository, Snapshot, SnapshotFilter } from '@cairn/backup';
import { listSnapshots, resolveSnapshot } from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { collected } from '../../output/command-options.ts';

export type FilterOptions = {
  readonly host?: string;
  readonly tag?: readonly string[];
  readonly path?: readonly string[];
};

export function addFilterOptions(command: Command): Command {
  return command
    .option('--host <name>', 'only snapshots of this host')
    .option('--tag <tag[,tag]>', 'only those with all of these tags; may be repeated: any of them', collected)
    .option('--path <path>', 'only those that backed up this path; may be repeated: all of them', collected);
}

export function filterOf({ host, tag, path }: FilterOptions): SnapshotFilter {
  return {
    ...(host !== undefined && { host }),
    ...(tag !== undefined && { tags: tag.map((list) => list.split(',')) }),
    ...(path !== undefined && { paths: path }),
  };
}

/** The snapshots named, or, when none is, all that the filter lets through, oldest first. Warns of unreadable ones. */
export async function chosenSnapshots(
  context: CommandContext,
  repository: Repository,
  { names, filter }: { readonly names: readonly string[]; readonly filter: SnapshotFilter },
): Promise<readonly Snapshot[]> {
  if (names.length > 0) {
    const found: Snapshot[] = [];
    for (const name of names) found.push(await resolveSnapshot(repository, name, filter));
    return found;
  }
  const { snapshots, damaged } = await listSnapshots(repository, filter);
  for (const { name, problem } of damaged) context.printError(`cannot read ${name}: ${problem}\n`);
  return snapshots;
}
