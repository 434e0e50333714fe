// The steps of a run with places, as plain data.

import type { Random } from '@cairn/world';
import { type MachineFault, planFault } from './machine-faults.ts';

export type TransitionOperation = {
  readonly kind: 'put' | 'put-cold' | 'put-archive' | 'delete' | 'get' | 'restore' | 'rename' | 'gc';
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
  readonly afterMs: number;
};

/** What happens to the machine, or to the places, in the course of a round. */
export type TransitionFault =
  | MachineFault
  | { readonly kind: 'place-away'; readonly afterMs: number; readonly durationMs: number };

export type TransitionRound = {
  readonly operations: readonly TransitionOperation[];
  readonly fault?: TransitionFault;
};

export const roundMs = 30_000;
export const buckets = ['plain', 'versioned'] as const;
export const keys = ['cold/a', 'cold/b', 'warm/a', 'warm/ü'] as const;
const rounds = 8;
const kinds = [
  'put',
  'put',
  'put-cold',
  'put-archive',
  'delete',
  'get',
  'get',
  'restore',
  'rename',
  'gc',
] as const;
const sizes = [0, 10, 65_535, 65_536, 100_000, 140_000];

export function transitionPlan(random: Random): TransitionRound[] {
  return Array.from({ length: rounds }, () => {
    const operations = buckets.flatMap((bucket) =>
      keys.flatMap((key) =>
        Array.from({ length: random.integer(5) }, () => ({
          ...{ kind: kinds[random.integer(kinds.length)]!, bucket, key },
          ...{ sizeBytes: sizes[random.integer(sizes.length)]!, afterMs: random.integer(roundMs / 3) },
        })),
      ),
    );
    if (random.integer(4) === 0) return { operations };
    const placeAway = (afterMs: number) =>
      ({ kind: 'place-away', afterMs, durationMs: 1 + random.integer(30_000) }) as const;
    return { operations, fault: planFault(random, { roundMs, other: placeAway }) };
  });
}
