// What happens in a run of the gc simulation: steps of several clients, drawn from the seed.

import type { SeededRandom } from '@cairn/world/simulated';

export const writers = ['writer-1', 'writer-2', 'writer-3'] as const;
export const collectors = ['collector-1', 'collector-2', 'collector-3'] as const;
/** Who forgets and tags: never busy for long. */
export const janitors = ['janitor-1', 'janitor-2'] as const;
export const clients = [...writers, ...collectors, ...janitors] as const;
export const repairers = ['repairer-1', 'repairer-2'] as const;
export type ClientName = (typeof clients)[number] | (typeof repairers)[number];

export type GcStep =
  | {
      readonly do: 'backup';
      readonly client: ClientName;
      readonly files: readonly number[];
      readonly pauseMs: number;
    }
  /** The snapshot is one of those that are there, oldest first: which, modulo their number; -1 is the youngest. */
  | { readonly do: 'forget'; readonly client: ClientName; readonly which: number }
  | { readonly do: 'tag'; readonly client: ClientName; readonly which: number }
  | { readonly do: 'read'; readonly client: ClientName; readonly which: number }
  | {
      readonly do: 'gc';
      readonly client: ClientName;
      readonly maxUnusedPercent: number;
      readonly minPackBytes: number;
      readonly maxRewriteBytes: number;
    }
  | { readonly do: 'repair'; readonly client: ClientName; readonly forget: boolean }
  /** Of one of the packs that are there: which, modulo their number; all of it, or a bit of one of its chunks. */
  | { readonly do: 'rot'; readonly what: 'pack' | 'chunk'; readonly which: number }
  | { readonly do: 'crash'; readonly client: ClientName }
  | { readonly do: 'stall'; readonly client: ClientName; readonly minutes: number }
  | { readonly do: 'clock'; readonly client: ClientName; readonly hours: number }
  | { readonly do: 'cut'; readonly client: ClientName }
  | { readonly do: 'mend'; readonly client: ClientName }
  | { readonly do: 'weather'; readonly bad: boolean }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'month' };

const stepsMin = 30;
const stepsMax = 90;
/** So few that a backup asks for what was garbage a moment ago. */
const fileCount = 24;
const filesMax = 7;

/** Hours of many clients at once. */
export function gcPlan(random: SeededRandom): readonly GcStep[] {
  return planOf(random, { month: 1, sleep: 60 * 5 });
}

/** The same with clients that sleep for longer than fences are kept. */
export function monthsPlan(random: SeededRandom): readonly GcStep[] {
  return planOf(random, { month: 7, sleep: 60 * 24 * 75 });
}

/** Collectors that get in each other's way. */
export function collectorsPlan(random: SeededRandom): readonly GcStep[] {
  return planOf(random, { month: 0, sleep: 60 * 5, collections: 2 / 5 });
}

/** Much is tagged while others forget and collect. */
export function tagsPlan(random: SeededRandom): readonly GcStep[] {
  return gcPlan(random).flatMap((step): readonly GcStep[] => {
    if (step.do !== 'forget' && step.do !== 'gc') return [step];
    return [step, { do: 'tag', client: random.pick(janitors), which: random.integer(1_000) }];
  });
}

/** Packs rot, and repairs run beside all the others. */
export function repairsPlan(random: SeededRandom): readonly GcStep[] {
  return gcPlan(random).flatMap((step): readonly GcStep[] => {
    const client = random.pick(repairers);
    const which = random.integer(1_000);
    const rot = { do: 'rot', what: random.pick(['pack', 'chunk', 'chunk']), which } as const;
    const repair = { do: 'repair', client, forget: random.chance(2 / 3) } as const;
    if (step.do === 'backup' && random.chance(1 / 3)) return [step, rot, repair];
    if (step.do === 'gc' && random.chance(1 / 3)) return [step, repair];
    return step.do === 'crash' || step.do === 'stall'
      ? [{ ...step, client: random.pick([step.client, client]) }]
      : [step];
  });
}

/**
 * Rounds in which one collector condemns a copy of a chunk, another condemns the other copy, and both are kept; then the second copy
 * goes for another reason, and the first collector, which stood still before it put what it had decided, wakes up. Who stands still where
 * is in `lateVerdicts` (sabotage.ts).
 */
export function verdictsPlan(random: SeededRandom): readonly GcStep[] {
  const files = shuffled(random, fileCount);
  return Array.from({ length: fileCount / 3 }, (_, round) => {
    const [both, first, second] = files.slice(round * 3, round * 3 + 3) as [number, number, number];
    return verdictsRound({ both, first, second });
  }).flat();
}

function verdictsRound({ both, first, second }: Readonly<Record<'both' | 'first' | 'second', number>>) {
  const wait = (minutes: number) => ({ do: 'wait', minutes }) as const;
  const collect = (client: ClientName) =>
    ({ do: 'gc', client, maxUnusedPercent: 0, minPackBytes: 0, maxRewriteBytes: 1_000_000 }) as const;
  const backup = (client: ClientName, numbers: readonly number[], pauseMs = 0) =>
    ({ do: 'backup', client, files: numbers, pauseMs }) as const;
  return [
    // The second writer is slow, so it does not see what the first one uploads: both store the first file.
    ...[backup('writer-2', [both, second], 600_000), backup('writer-1', [both, first]), wait(40)],
    ...[collect('collector-2'), wait(15)],
    ...[{ do: 'forget', client: 'janitor-1', which: -2 } as const, wait(1), collect('collector-3'), wait(90)],
    // What only the forgotten snapshot had is needed again, so its pack is the better home of the shared file.
    ...[backup('writer-3', [first]), wait(4), collect('collector-1'), wait(330)],
  ];
}

function shuffled(random: SeededRandom, count: number): readonly number[] {
  const numbers = Array.from({ length: count }, (_, number) => number);
  return numbers
    .map((number) => ({ number, key: random.integer(2 ** 32) }))
    .sort((a, b) => a.key - b.key)
    .map(({ number }) => number);
}

/** `month` is out of 100 steps; `sleep` are the minutes of the longest stall. */
type Pace = {
  readonly month: number;
  readonly sleep: number;
  /** Of the steps, besides the share that gc has anyway. */
  readonly collections?: number;
};

function planOf(random: SeededRandom, pace: Pace): readonly GcStep[] {
  const count = random.between({ min: stepsMin, max: stepsMax });
  const first = writers.map((client) => backupStep(random, client));
  return [...first, ...Array.from({ length: count }, () => planStep(random, pace))];
}

function planStep(random: SeededRandom, { month, sleep, collections = 0 }: Pace): GcStep {
  if (random.chance(collections)) return { ...gcStep(random), minPackBytes: 2_000 };
  const draw = random.integer(100);
  const which = random.integer(1_000);
  const client = random.pick(clients);
  if (draw < month) return { do: 'month' };
  if (draw < 28) return backupStep(random, random.pick(writers));
  if (draw < 45) return { do: 'forget', client: random.pick(janitors), which };
  if (draw < 49) return { do: 'tag', client: random.pick(janitors), which };
  if (draw < 51) return { do: 'read', client: random.pick(janitors), which };
  if (draw < 74) return gcStep(random);
  if (draw < 77) return { do: 'crash', client };
  if (draw < 83) return { do: 'stall', client, minutes: random.pick([1, 5, 30, 90, sleep]) };
  if (draw < 84) return { do: 'clock', client, hours: random.between({ min: -2_000, max: 2_000 }) };
  if (draw < 85) return { do: 'cut', client };
  if (draw < 87) return { do: 'mend', client };
  if (draw < 90) return { do: 'weather', bad: random.chance(1 / 2) };
  return { do: 'wait', minutes: random.pick([1, 2, 4, 8, 12, 40]) };
}

function backupStep(random: SeededRandom, client: ClientName): GcStep {
  const count = 1 + random.integer(filesMax);
  const files = [...new Set(Array.from({ length: count }, () => random.integer(fileCount)))];
  return { do: 'backup', client, files, pauseMs: random.pick([0, 5_000, 60_000, 300_000, 600_000]) };
}

function gcStep(random: SeededRandom): Extract<GcStep, { do: 'gc' }> {
  return {
    do: 'gc',
    client: random.pick(collectors),
    maxUnusedPercent: random.pick([0, 0, 5, 50]),
    minPackBytes: random.pick([0, 2_000]),
    maxRewriteBytes: random.pick([1_000_000, 1_000_000, 2_000]),
  };
}
