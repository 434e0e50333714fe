// A tree there and back through the command: backed up, restored elsewhere, compared by content and all metadata.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { CairnCommand } from './cairn-command.ts';
import { assertSameDescription, describeTree, pathsThatDiffer } from './compare-trees.ts';

export type TreeRoundTrip = {
  readonly entries: number;
  readonly bytes: number;
  /** Paths that others changed between a look at them before and one after the backup: nothing can be said of those. */
  readonly changedMeanwhile: number;
};

/** Of a tree that others use, at most so many paths may change meanwhile: Python, say, keeps what it compiled. */
const changedShareMax = 0.01;

/** Fails at the first directory that did not come back as it was. */
export async function roundTrip(
  cairn: CairnCommand,
  { directories, target }: { readonly directories: readonly string[]; readonly target: string },
): Promise<TreeRoundTrip> {
  const before = directories.map(describe);
  const { snapshot, summary } = JSON.parse(await cairn.succeed('create', '--json', ...directories));
  await cairn.succeed('restore', snapshot, '--target', target);
  let changedMeanwhile = 0;
  let entries = 0;
  for (const [index, directory] of directories.entries()) {
    const was = before[index]!;
    const found = describe(join(target, directory));
    const changed = pathsThatDiffer(found, was).length === 0 ? [] : pathsThatDiffer(describe(directory), was);
    for (const path of changed) for (const description of [found, was]) description.delete(path);
    assertSameDescription(found, was);
    entries += was.size;
    changedMeanwhile += changed.length;
  }
  assert(changedMeanwhile <= entries * changedShareMax, `${changedMeanwhile} paths changed meanwhile`);
  return { entries, bytes: summary.bytes, changedMeanwhile };
}

function describe(directory: string): Map<string, string> {
  return describeTree(directory, { self: true });
}
