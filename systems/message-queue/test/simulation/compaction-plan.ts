// The steps of the scenario of compaction, from a seed.

import type { SeededRandom } from '@cairn/world/simulated';

export type KeyedStep =
  | { readonly do: 'produce'; readonly producer: number; readonly picks: readonly number[] }
  | { readonly do: 'transact'; readonly picks: readonly number[] }
  | { readonly do: 'end'; readonly commit: boolean }
  | { readonly do: 'read'; readonly pick: number; readonly committed: boolean }
  | { readonly do: 'compact' | 'upkeep' | 'wait' | 'close' | 'make room' }
  | { readonly do: 'delete'; readonly pick: number }
  | { readonly do: 'rot'; readonly what: 'checkpoint' | 'index' }
  | { readonly do: 'pause'; readonly forMs: number }
  | { readonly do: 'fill'; readonly bytesLeft: number }
  | { readonly do: 'fail'; readonly call: 'read' | 'write' | 'sync'; readonly count: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly powerLoss: boolean };

export const producersCount = 2;

export function planKeyedSteps(
  random: SeededRandom,
  { deletes, rots }: { readonly deletes: boolean; readonly rots: boolean },
): readonly KeyedStep[] {
  return Array.from({ length: random.between({ min: 30, max: 150 }) }, () => {
    const dice = random.integer(40);
    if (dice === 0 && deletes) return { do: 'delete', pick: random.integer(2 ** 20) };
    if (dice < 3 && rots) return { do: 'rot', what: random.pick(['checkpoint', 'index'] as const) };
    return planStep(random);
  });
}

function planStep(random: SeededRandom): KeyedStep {
  const picks = Array.from({ length: random.between({ min: 1, max: 4 }) }, () => random.integer(2 ** 20));
  const dice = random.integer(100);
  if (dice < 28) return { do: 'produce', producer: random.integer(producersCount), picks };
  if (dice < 42) return { do: 'transact', picks };
  if (dice < 48) return { do: 'end', commit: random.chance(2 / 3) };
  if (dice < 56) return { do: 'read', pick: random.integer(2 ** 20), committed: random.chance(1 / 2) };
  if (dice < 71) return { do: 'compact' };
  if (dice < 77) return { do: 'upkeep' };
  if (dice < 86) return { do: 'pause', forMs: random.integer(12) };
  if (dice < 90) return { do: 'wait' };
  if (dice < 91) return { do: 'close' };
  if (dice < 95) return { do: 'crash', afterMs: random.integer(16), powerLoss: random.chance(2 / 3) };
  if (dice < 96) return { do: 'fill', bytesLeft: random.integer(4_000) };
  if (dice < 99) return { do: 'make room' };
  return { do: 'fail', call: random.pick(['read', 'write', 'sync'] as const), count: 1 };
}
