// The steps of a run with lifecycle rules, as plain data.

import type { Random } from '@cairn/world';

export type LifecycleOperation =
  | {
      readonly kind: 'put' | 'delete';
      readonly bucket: string;
      readonly key: string;
      readonly afterMs: number;
    }
  | { readonly kind: 'upload'; readonly bucket: string; readonly key: string; readonly afterMs: number };

/** What happens to the machine in the course of a round. */
export type LifecycleFault =
  | { readonly kind: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly kind: 'stall'; readonly afterMs: number; readonly durationMs: number }
  | { readonly kind: 'disk-full'; readonly afterMs: number; readonly durationMs: number }
  | { readonly kind: 'clock-jump'; readonly byMs: number };

export type LifecycleRound = {
  readonly operations: readonly LifecycleOperation[];
  readonly fault?: LifecycleFault;
};

export const roundMs = 30_000;
export const buckets = ['plain', 'versioned'] as const;
export const keys = ['keep/a', 'last/a', 'temp/a', 'temp/b', 'temp/c', 'ü'] as const;
const rounds = 12;

export function lifecyclePlan(random: Random): LifecycleRound[] {
  return Array.from({ length: rounds }, () => {
    const operations = buckets.flatMap((bucket) =>
      keys.flatMap((key) =>
        Array.from({ length: random.integer(4) }, () => planOperation(random, { bucket, key })),
      ),
    );
    return random.integer(2) === 0 ? { operations } : { operations, fault: planFault(random) };
  });
}

function planOperation(random: Random, name: { bucket: string; key: string }): LifecycleOperation {
  const afterMs = random.integer(roundMs / 2);
  const choice = random.integer(8);
  if (choice === 0) return { kind: 'upload', ...name, afterMs };
  return { kind: choice < 3 ? 'delete' : 'put', ...name, afterMs };
}

function planFault(random: Random): LifecycleFault {
  const afterMs = random.integer(roundMs);
  switch (random.integer(6)) {
    case 0:
      return { kind: 'stall', afterMs, durationMs: 1 + random.integer(20_000) };
    case 1:
      return { kind: 'disk-full', afterMs, durationMs: 1 + random.integer(10_000) };
    case 2:
      return { kind: 'clock-jump', byMs: random.integer(7_200_000) - 3_600_000 };
    default:
      return { kind: 'crash', afterMs, powerLoss: random.integer(2) === 0 };
  }
}
