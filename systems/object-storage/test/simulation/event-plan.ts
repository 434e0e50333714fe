// The steps of a run with events, as plain data.

import type { Random } from '@cairn/world';
import { type MachineFault, planFault } from './machine-faults.ts';

export type EventOperation = {
  readonly kind: 'put' | 'delete';
  readonly key: string;
  readonly afterMs: number;
};

/** What happens to the machine in the course of a round. */
export type EventFault = MachineFault | { readonly kind: 'restart'; readonly afterMs: number };

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
    if (random.integer(3) === 0) return { operations };
    const restart = (afterMs: number) => ({ kind: 'restart', afterMs }) as const;
    return { operations, fault: planFault(random, { roundMs, other: restart }) };
  });
}

function planOperation(random: Random, key: string): EventOperation {
  return { kind: random.integer(3) === 0 ? 'delete' : 'put', key, afterMs: random.integer(roundMs / 4) };
}
