// Five versions of a large file, each backed up: what a change costs in bytes.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { largeContent, withInsertions, withScatteredEdits } from '../corpora/large-file.ts';
import type { Round } from '../round.ts';

const versions = [1, 2, 3, 4, 5];

export function versionRounds(folder: string, bytes: number): readonly Round[] {
  let content: Buffer | undefined;
  const round = (name: string, change: (content: Buffer, seed: string) => Buffer): Round => ({
    name,
    prepare: async () => {
      content ??= largeContent(bytes);
    },
    steps: versions.map((version) => ({
      name: `version-${version}`,
      run: (tool, { repository }) => {
        const path = join(folder, name);
        mkdirSync(path, { recursive: true });
        writeFileSync(join(path, 'file'), version === 1 ? content! : change(content!, `${name} ${version}`));
        return tool.backup(repository, path);
      },
    })),
  });
  return [round('insertions', withInsertions), round('edits', withScatteredEdits)];
}
