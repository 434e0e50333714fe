// What happens to the machine of a storage in the course of a round, as plain data.

import type { Random } from '@cairn/world';

export type MachineFault =
  | { readonly kind: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly kind: 'stall'; readonly afterMs: number; readonly durationMs: number }
  | { readonly kind: 'disk-full'; readonly afterMs: number; readonly durationMs: number };

/** Half of them are crashes; `other` makes what only this scenario knows. */
export function planFault<Other>(
  random: Random,
  { roundMs, other }: { readonly roundMs: number; readonly other: (afterMs: number) => Other },
): MachineFault | Other {
  const afterMs = random.integer(roundMs);
  switch (random.integer(6)) {
    case 0:
      return { kind: 'stall', afterMs, durationMs: 1 + random.integer(20_000) };
    case 1:
      return { kind: 'disk-full', afterMs, durationMs: 1 + random.integer(10_000) };
    case 2:
      return other(afterMs);
    default:
      return { kind: 'crash', afterMs, powerLoss: random.integer(2) === 0 };
  }
}
