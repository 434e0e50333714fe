// What happens in a run of the gc simulation: steps of several clients, drawn from the seed.

import type { SeededRandom } from '@cairn/world';

export const writers = ['writer-1', 'writer-2', 'writer-3'] as const;
export const collectors = ['collector-1', 'collector-2'] as const;
export const clients = [...writers, ...collectors] as const;
export type ClientName = (typeof clients)[number];

export type GcStep =
  | {
      readonly do: 'backup';
      readonly client: ClientName;
      readonly files: readonly number[];
      readonly pauseMs: number;
    }
  /** The snapshot is one of those that are there: which, modulo their number. */
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
  | { readonly do: 'crash'; readonly client: ClientName }
  | { readonly do: 'stall'; readonly client: ClientName; readonly minutes: number }
  | { readonly do: 'clock'; readonly client: ClientName; readonly hours: number }
  | { readonly do: 'cut'; readonly client: ClientName }
  | { readonly do: 'mend'; readonly client: ClientName }
  | { readonly do: 'weather'; readonly bad: boolean }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'month' };

const stepsMin = 20;
const stepsMax = 70;
/** So few files that backups share most of them. */
const fileCount = 30;
const filesMax = 14;

export function gcPlan(random: SeededRandom): readonly GcStep[] {
  const count = random.between({ min: stepsMin, max: stepsMax });
  const first = writers.map((client) => backupStep(random, client));
  return [...first, ...Array.from({ length: count }, () => planStep(random))];
}

function planStep(random: SeededRandom): GcStep {
  const draw = random.integer(100);
  const which = random.integer(1_000);
  const client = random.pick(clients);
  if (draw < 24) return backupStep(random, random.pick(writers));
  if (draw < 36) return { do: 'forget', client: random.pick(writers), which };
  if (draw < 41) return { do: 'tag', client: random.pick(writers), which };
  if (draw < 44) return { do: 'read', client, which };
  if (draw < 62) return gcStep(random);
  if (draw < 68) return { do: 'crash', client };
  if (draw < 77) return { do: 'stall', client, minutes: random.pick([1, 5, 30, 90, 300, 60 * 24 * 40]) };
  if (draw < 79) return { do: 'clock', client, hours: random.between({ min: -2_000, max: 2_000 }) };
  if (draw < 81) return { do: 'cut', client };
  if (draw < 83) return { do: 'mend', client };
  if (draw < 86) return { do: 'weather', bad: random.chance(1 / 2) };
  if (draw < 99) return { do: 'wait', minutes: random.pick([1, 3, 8, 12, 20, 60]) };
  return { do: 'month' };
}

function backupStep(random: SeededRandom, client: ClientName): GcStep {
  const count = 1 + random.integer(filesMax);
  const files = [...new Set(Array.from({ length: count }, () => random.integer(fileCount)))];
  return { do: 'backup', client, files, pauseMs: random.pick([0, 0, 5_000, 60_000, 300_000]) };
}

function gcStep(random: SeededRandom): GcStep {
  return {
    do: 'gc',
    client: random.pick(collectors),
    maxUnusedPercent: random.pick([0, 0, 5, 50]),
    minPackBytes: random.pick([0, 2_000]),
    maxRewriteBytes: random.pick([1_000_000, 1_000_000, 2_000]),
  };
}
