// The cases: which figure of which step of which corpus, against whom, with which goal (the issue's). CPU time is user and
// system time of all processes; memory is the peak of the largest.

import type { BenchCase, BenchContext } from '@cairn/bench';
import { type Round, Rounds, type StepCost } from './round.ts';
import { corpusRounds } from './rounds/corpus-rounds.ts';
import { borg } from './tools/borg.ts';
import { cairn } from './tools/cairn.ts';
import { restic } from './tools/restic.ts';
import type { Tool } from './tools/tool.ts';

type Figure = 'cpu' | 'wall' | 'peak' | 'size' | 'added';

const figures = {
  cpu: { unit: 'CPU-s', of: ({ cpuSeconds }) => cpuSeconds },
  wall: { unit: 's wall', of: ({ wallSeconds }) => wallSeconds },
  peak: { unit: 'MiB peak', of: ({ peakBytes }) => peakBytes / 2 ** 20 },
  added: { unit: 'MB added', of: ({ bytesAdded }) => bytesAdded / 1e6 },
  size: { unit: 'MB repository', of: ({ repositoryBytes }) => repositoryBytes / 1e6 },
} as const satisfies Record<Figure, { unit: string; of: (cost: StepCost) => number }>;

type Wanted = {
  readonly corpus: string;
  readonly step: string;
  readonly figure: Figure;
  readonly peer: Tool;
  readonly ours?: Tool;
  readonly goal: number;
};

const ours = cairn();
const fastest = cairn(['--compression', '1']);
const borgZstd = borg('zstd,3');
const borgLz4 = borg('lz4');

const speed = (corpus: string, step: string, peer: Tool, goal: number, by: Tool = ours): Wanted[] => [
  { corpus, step, figure: 'cpu', peer, goal, ours: by },
  { corpus, step, figure: 'wall', peer, goal, ours: by },
];
const size = (corpus: string, step: string): Wanted[] =>
  [restic, borgZstd].map((peer) => ({ corpus, step, figure: 'size', peer, goal: 1 / 1.02 }));

const wanted: readonly Wanted[] = [
  ...speed('mixed', 'first', restic, 1.5),
  ...speed('mixed', 'first', borgZstd, 1.1),
  ...speed('mixed', 'first', borgLz4, 1, fastest),
  { corpus: 'mixed', step: 'first', figure: 'size', peer: borgLz4, goal: 1, ours: fastest },
  ...size('mixed', 'first'),
  ...speed('mixed', 'changed', restic, 2),
  ...speed('mixed', 'restore', restic, 1.3),
  ...speed('mixed', 'verify', restic, 1.3),
  ...speed('small', 'first', restic, 1.5),
  ...size('small', 'first'),
  { corpus: 'small', step: 'first', figure: 'peak', peer: restic, goal: 1 / 1.2 },
  ...speed('small', 'unchanged', restic, 3),
  ...speed('small', 'changed', restic, 2),
  ...size('small', 'changed'),
  ...speed('small', 'restore', restic, 1.3),
  ...speed('small', 'verify', restic, 1.3),
  ...speed('small', 'list', restic, 1),
  ...speed('small', 'find', restic, 1),
  ...speed('small', 'diff', restic, 1),
  ...speed('incompressible', 'first', restic, 2.5),
  ...speed('incompressible', 'first', borgZstd, 2.5),
  ...speed('incompressible', 'unchanged', restic, 1),
  { corpus: 'incompressible', step: 'first', figure: 'peak', peer: restic, goal: 1 / 1.2 },
  ...size('insertions', 'version-5'),
  { corpus: 'insertions', step: 'version-5', figure: 'added', peer: restic, goal: 1 },
  { corpus: 'edits', step: 'version-5', figure: 'added', peer: restic, goal: 2 },
];

export function benchCases(): readonly BenchCase[] {
  const rounds = new Map<string, Rounds>();
  let prepared: Promise<ReadonlyMap<string, Round>> | undefined;
  const roundsOf = async (corpus: string, context: BenchContext): Promise<Rounds> => {
    prepared ??= Promise.resolve(corpusRounds(context.tiny));
    const round = (await prepared).get(corpus)!;
    if (!rounds.has(corpus)) {
      await round.prepare();
      rounds.set(corpus, new Rounds(round));
    }
    return rounds.get(corpus)!;
  };
  return wanted.map((one) => caseOf(one, roundsOf));
}

function caseOf(
  { corpus, step, figure, peer, ours: by = ours, goal }: Wanted,
  roundsOf: (corpus: string, context: BenchContext) => Promise<Rounds>,
): BenchCase {
  const name = `${corpus}-${step}-${figure}-vs-${peer.name.replace(' ', '-')}`;
  const run = async (tool: Tool, context: BenchContext): Promise<number> => {
    const rounds = await roundsOf(corpus, context);
    return figures[figure].of(await rounds.next(tool, step, name));
  };
  return {
    name,
    unit: figures[figure].unit,
    better: 'less',
    goal,
    ours: (context) => run(by, context),
    peer: { name: peer.name, version: () => peer.version(), run: (context) => run(peer, context) },
  };
}
