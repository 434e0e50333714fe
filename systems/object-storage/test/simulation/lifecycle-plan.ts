// The steps of a run with lifecycle rules, as plain data.

import type { Random } from '@cairn/world';
import { type MachineFault, planFault } from './machine-faults.ts';

export type LifecycleOperation =
  | {
      readonly kind: 'put' | 'delete';
      readonly bucket: string;
      readonly key: string;
      readonly afterMs: number;
    }
  | { readonly kind: 'upload'; readonly bucket: string; readonly key: string; readonly afterMs: number };

/** What happens to the machine in the course of a round. */
export type LifecycleFault = MachineFault | { readonly kind: 'clock-jump'; readonly byMs: number };

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
    if (random.integer(2) === 0) return { operations };
    const clockJump = () => ({ kind: 'clock-jump', byMs: random.integer(7_200_000) - 3_600_000 }) as const;
    return { operations, fault: planFault(random, { roundMs, other: clockJump }) };
  });
}

function planOperation(random: Random, name: { bucket: string; key: string }): LifecycleOperation {
  const afterMs = random.integer(roundMs / 2);
  const choice = random.integer(8);
  if (choice === 0) return { kind: 'upload', ...name, afterMs };
  return { kind: choice < 3 ? 'delete' : 'put', ...name, afterMs };
}
