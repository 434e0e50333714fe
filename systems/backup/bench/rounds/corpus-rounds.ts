// The corpora and the steps that each goes through.

import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeFiles } from '../corpora/change-files.ts';
import { writeIncompressible } from '../corpora/large-file.ts';
import { makeMixedFiles } from '../corpora/mixed-files.ts';
import { readOnce } from '../corpora/read-once.ts';
import { makeSmallFiles } from '../corpora/small-files.ts';
import type { Round, Step } from '../round.ts';
import { versionRounds } from './version-rounds.ts';

const folder = join(tmpdir(), `cairn-bench-corpora-${process.pid}`);

const MB = 1e6;
const sizes = {
  full: {
    smallFiles: 100_000,
    mixedBytes: 2_000 * MB,
    incompressibleBytes: 1_000 * MB,
    largeBytes: 371 * MB,
  },
  tiny: { smallFiles: 200, mixedBytes: 2 * MB, incompressibleBytes: 2 * MB, largeBytes: 2 * MB },
} as const;

export function removeCorpora(): void {
  rmSync(folder, { recursive: true, force: true });
}

/** `CAIRN_BENCH_SCALE` (0 < n <= 1) makes corpora smaller, for a first look. */
export function corpusScale(): number {
  return Number(process.env.CAIRN_BENCH_SCALE ?? 1);
}

/** By name. */
export function corpusRounds(tiny: boolean): ReadonlyMap<string, Round> {
  const scale = tiny ? 1 : corpusScale();
  const of = tiny ? sizes.tiny : sizes.full;
  const rounds = [
    filesRound('mixed', (path) => makeMixedFiles(path, of.mixedBytes * scale)),
    filesRound('small', (path) => makeSmallFiles(path, Math.ceil(of.smallFiles * scale))),
    filesRound('incompressible', (path) => {
      mkdirSync(path, { recursive: true });
      writeIncompressible(join(path, 'random'), of.incompressibleBytes * scale);
    }),
    ...versionRounds(join(folder, 'versions'), of.largeBytes * scale),
  ];
  return new Map(rounds.map((round) => [round.name, round]));
}

function filesRound(name: string, make: (path: string) => void): Round {
  const path = join(folder, name);
  let changes = 0;
  const backup: Step['run'] = (tool, { repository }) => {
    readOnce(path);
    return tool.backup(repository, path);
  };
  return {
    name,
    prepare: async () => {
      if (!existsSync(path)) make(path);
    },
    steps: [
      { name: 'first', run: backup },
      { name: 'unchanged', run: backup },
      {
        name: 'changed',
        run: (tool, place) => {
          changeFiles(path, ++changes);
          return backup(tool, place);
        },
      },
      { name: 'restore', run: (tool, { repository, target }) => tool.restore(repository, target) },
      { name: 'verify', run: (tool, { repository }) => tool.verify(repository) },
      { name: 'list', run: (tool, { repository }) => tool.list(repository) },
      { name: 'find', run: (tool, { repository }) => tool.find(repository, 'package.json') },
      { name: 'diff', run: (tool, { repository }) => tool.diff(repository) },
    ],
  };
}
