// The cases: which figure of which step of which corpus, against whom, with which goal (the issue's). CPU time is user and
// system time of all processes; memory is the peak of the largest.

import assert from 'node:assert/strict';
import type { BenchCase, BenchContext, BenchPlan } from '@cairn/bench';
import type { Round, StepCost } from './round.ts';
import { AlternatingRounds, type Participant } from './rounds/alternating-rounds.ts';
import { corpusRounds, corpusScale } from './rounds/corpus-rounds.ts';
import { Progress } from './rounds/progress.ts';
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

/** The cases; `begin` has to be told which of them are measured, so that no program takes a step that nobody asks about. */
export function benchCases(): {
  readonly cases: readonly BenchCase[];
  readonly begin: (plan: BenchPlan) => void;
} {
  let asked: readonly Wanted[] = [];
  let progress: Progress;
  let corpora: ReadonlyMap<string, Round> | undefined;
  const rounds = new Map<string, AlternatingRounds>();
  const begin = ({ cases, turns, recorded }: BenchPlan) => {
    assert(
      !recorded || corpusScale() === 1,
      'CAIRN_BENCH_SCALE is for a first look: with --turns or --case, without --record',
    );
    asked = wanted.filter((one) => cases.includes(nameOf(one)));
    progress = new Progress(turns, (line) => console.error(line));
    for (const corpus of new Set(asked.map(({ corpus }) => corpus)))
      for (const tool of new Set(toolsOf(asked, corpus))) progress.expect(corpus, tool.name);
  };
  const roundsOf = (corpus: string, { tiny }: BenchContext): AlternatingRounds => {
    corpora ??= corpusRounds(tiny);
    const round = corpora.get(corpus)!;
    const known = rounds.get(corpus) ?? new AlternatingRounds(round, participantsOf(asked, round), progress);
    rounds.set(corpus, known);
    return known;
  };
  return { cases: wanted.map((one) => caseOf(one, roundsOf)), begin };
}

function toolsOf(asked: readonly Wanted[], corpus: string): readonly Tool[] {
  return asked.filter((one) => one.corpus === corpus).flatMap(({ peer, ours: by = ours }) => [by, peer]);
}

function participantsOf(asked: readonly Wanted[], { name, steps }: Round): readonly Participant[] {
  return [...new Set(toolsOf(asked, name))].map((tool) => {
    const mine = asked.filter((one) => one.corpus === name && [one.peer, one.ours ?? ours].includes(tool));
    const last = steps.findLast((step) => mine.some((one) => one.step === step.name))!;
    return { tool, lastStep: last.name };
  });
}

function nameOf({ corpus, step, figure, peer }: Wanted): string {
  return `${corpus}-${step}-${figure}-vs-${peer.name.replace(' ', '-')}`;
}

function caseOf(
  wanted: Wanted,
  roundsOf: (corpus: string, context: BenchContext) => AlternatingRounds,
): BenchCase {
  const { corpus, step, figure, peer, ours: by = ours, goal } = wanted;
  const name = nameOf(wanted);
  const run = async (tool: Tool, context: BenchContext): Promise<number> =>
    figures[figure].of(await roundsOf(corpus, context).next(tool, step, name));
  return {
    name,
    unit: figures[figure].unit,
    better: 'less',
    goal,
    cold: true,
    ours: (context) => run(by, context),
    peer: { name: peer.name, version: () => peer.version(), run: (context) => run(peer, context) },
  };
}
