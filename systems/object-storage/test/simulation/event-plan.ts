// The steps of a run with events, as plain data.

import type { Random } from '@cairn/world';

export type EventOperation = {
  readonly kind: 'put' | 'delete';
  readonly key: string;
  readonly afterMs: number;
};

/** What happens to the machine in the course of a round. */
export type EventFault =
  | { readonly kind: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly kind: 'stall'; readonly afterMs: number; readonly durationMs: number }
  | { readonly kind: 'disk-full'; readonly afterMs: number; readonly durationMs: number }
  | { readonly kind: 'restart'; readonly afterMs: number };

export type EventRound = { readonly operations: readonly EventOperation[]; readonly fault?: EventFault };

export const roundMs = 20_000;
/** By its prefix a key belongs to one target or the other. */
export const keys = ['flaky/a', 'flaky/b', 'flaky/ü', 'dead/a', 'dead/b'] as const;
const rounds = 10;

export function eventPlan(random: Random): EventRound[] {
  return Array.from({ length: rounds }, () => {
    const operations = keys.flatMap((key) =>
      Array.from({ length: random.integer(6) }, () => planOperation(random, key)),
    );
    return random.integer(3) === 0 ? { operations } : { operations, fault: planFault(random) };
  });
}

function planOperation(random: Random, key: string): EventOperation {
  return { kind: random.integer(3) === 0 ? 'delete' : 'put', key, afterMs: random.integer(roundMs / 4) };
}

function planFault(random: Random): EventFault {
  const afterMs = random.integer(roundMs);
  switch (random.integer(6)) {
    case 0:
      return { kind: 'stall', afterMs, durationMs: 1 + random.integer(20_000) };
    case 1:
      return { kind: 'disk-full', afterMs, durationMs: 1 + random.integer(10_000) };
    case 2:
      return { kind: 'restart', afterMs };
    default:
      return { kind: 'crash', afterMs, powerLoss: random.integer(2) === 0 };
  }
}
