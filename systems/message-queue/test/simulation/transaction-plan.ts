// What producers do and what goes wrong meanwhile, drawn from a seed.

import type { SeededRandom } from '@cairn/world/simulated';

export const transactionalIds = ['x', 'y'] as const;
export type TransactionalId = (typeof transactionalIds)[number];

/** How a request is sent: once; twice, on two ways; or without waiting for its answer, which then comes when it comes. */
export type Sending = { readonly sent: 'once' | 'twice' | 'hastily' };

export type TransactionStep =
  /** A process of an application starts, whether or not the one before has died. */
  | { readonly do: 'start'; readonly id: TransactionalId; readonly raisesEpoch: boolean }
  /** `pick` chooses mostly one of the newest, now and then any that ever started: the older ones are zombies. */
  | ({ readonly do: 'produce'; readonly pick: number; readonly topic: 'a' | 'b' } & Sending)
  | ({ readonly do: 'offsets'; readonly pick: number } & Sending)
  | { readonly do: 'end'; readonly pick: number; readonly commit: boolean; readonly twice: boolean }
  /** A request that was sent before comes again. */
  | { readonly do: 'replay'; readonly pick: number }
  | { readonly do: 'pause'; readonly forMs: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly powerLoss: boolean }
  | { readonly do: 'stall'; readonly forMs: number }
  | { readonly do: 'jump'; readonly byMs: number }
  | { readonly do: 'fail metadata' | 'fail markers'; readonly count: number };

export function transactionPlan(random: SeededRandom): readonly TransactionStep[] {
  const started = transactionalIds.map((id) => start(random, id));
  return [...started, ...Array.from({ length: random.between({ min: 10, max: 90 }) }, () => step(random))];
}

function start(random: SeededRandom, id = random.pick(transactionalIds)): TransactionStep {
  return { do: 'start', id, raisesEpoch: random.chance(1 / 2) };
}

function step(random: SeededRandom): TransactionStep {
  const pick = random.integer(2 ** 20);
  const twice = random.chance(1 / 6);
  const sent = random.pick(['once', 'once', 'once', 'once', 'twice', 'hastily'] as const);
  const dice = random.integer(100);
  if (dice < 30) return { do: 'produce', pick, topic: random.pick(['a', 'b'] as const), sent };
  if (dice < 38) return { do: 'offsets', pick, sent };
  if (dice < 56) return { do: 'end', pick, commit: random.chance(2 / 3), twice };
  if (dice < 59) return start(random);
  if (dice < 65) return { do: 'replay', pick };
  if (dice < 84) return { do: 'pause', forMs: random.pick([1, 10, 40, 40, 400, 400, 4_000]) };
  if (dice < 90) return { do: 'crash', afterMs: random.integer(30), powerLoss: random.chance(2 / 3) };
  if (dice < 93) return { do: 'stall', forMs: random.integer(5_000) };
  if (dice < 95) return { do: 'jump', byMs: random.between({ min: -100_000, max: 100_000 }) };
  if (dice < 97) return { do: 'fail metadata', count: 1 + random.integer(3) };
  return { do: 'fail markers', count: 1 + random.integer(5) };
}
