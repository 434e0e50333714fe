// What happens in a run of the simulation of keys: who rotates, adds and removes passwords, collects, repairs and backs up, and which copy rots.

import type { SeededRandom } from '@cairn/world/simulated';

export const owners = ['owner-1', 'owner-2', 'owner-3', 'owner-4'] as const;
export type Owner = (typeof owners)[number];

export type KeysOperation =
  | { readonly do: 'rotate' | 'add' | 'gc' | 'repair' | 'backup'; readonly client: Owner }
  /** One of the passwords that were added: which, modulo their number. */
  | { readonly do: 'remove'; readonly client: Owner; readonly which: number };

export type KeysStep =
  | KeysOperation
  /** Of `config` and the keyrings and their copies one whose other is sound: which, modulo their number, -2 is the youngest keyring; all of it, or a bit. */
  | { readonly do: 'rot'; readonly what: 'all' | 'bit'; readonly which: number }
  | { readonly do: 'crash'; readonly client: Owner }
  | { readonly do: 'stall'; readonly client: Owner; readonly minutes: number }
  | { readonly do: 'weather'; readonly bad: boolean }
  | { readonly do: 'wait'; readonly minutes: number };

const stepsMin = 15;
const stepsMax = 40;

export function keysPlan(random: SeededRandom): readonly KeysStep[] {
  return Array.from({ length: random.between({ min: stepsMin, max: stepsMax }) }, () => keysStep(random));
}

/** Rounds in which two rotate at once, and the first copy of what one of them put is lost before the other comes to put his. */
export function lateRotationsPlan(random: SeededRandom): readonly KeysStep[] {
  return Array.from({ length: 8 }, (): readonly KeysStep[] => [
    ...[{ do: 'rotate', client: 'owner-1' } as const, { do: 'rotate', client: 'owner-2' } as const],
    { do: 'wait', minutes: 1 + random.integer(40) },
    ...[{ do: 'rot', what: 'all', which: -2 } as const, { do: 'wait', minutes: 90 } as const],
    { do: 'repair', client: 'owner-3' },
  ]).flat();
}

function keysStep(random: SeededRandom): KeysStep {
  const draw = random.integer(100);
  const client = random.pick(owners);
  const which = random.integer(1_000);
  if (draw < 28) return { do: 'rotate', client };
  if (draw < 36) return { do: 'add', client };
  if (draw < 40) return { do: 'remove', client, which };
  if (draw < 46) return { do: 'gc', client };
  if (draw < 54) return { do: 'repair', client };
  if (draw < 64) return { do: 'backup', client };
  if (draw < 78) return { do: 'rot', what: random.pick(['all', 'bit']), which };
  if (draw < 82) return { do: 'crash', client };
  if (draw < 88) return { do: 'stall', client, minutes: random.pick([1, 10, 60, 300]) };
  if (draw < 91) return { do: 'weather', bad: random.chance(1 / 2) };
  return { do: 'wait', minutes: random.pick([1, 5, 20, 60]) };
}
