// The options that choose among snapshots, the same for every command that lists or changes several.

import {
  matchesFilter,
  type Repository,
  resolveSnapshot,
  type Snapshot,
  type SnapshotFilter,
} from '@cairn/backup';
import type { Command } from 'commander';
import type { CommandContext } from '../../command-context.ts';
import { collected } from '../../output/command-options.ts';

export type FilterOptions = {
  readonly host?: readonly string[];
  readonly tag?: readonly string[];
  readonly path?: readonly string[];
};

export function addFilterOptions(command: Command): Command {
  return command
    .option('--host <name>', 'only snapshots of this host; may be repeated: of any of them', collected)
    .option(
      '--tag <tag[,tag]>',
      'only those that have all of these tags; may be repeated: of any of the lists',
      collected,
    )
    .option('--path <path>', 'only those of this path; may be repeated: of all of them', collected);
}

export function filterOf({ host, tag, path }: FilterOptions): SnapshotFilter {
  return {
    ...(host !== undefined && { hosts: host }),
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
  const { snapshots, damaged } = await repository.snapshots();
  for (const { name, problem } of damaged) context.printError(`cannot read ${name}: ${problem}\n`);
  return snapshots.filter((snapshot) => matchesFilter(snapshot, filter));
}
