// The scenarios of delayed messages: the honest one, and mistakes that it has to catch.

import type { Scenario } from '@cairn/world/simulated';
import { type Around, type DelayStep, delayScenario } from './delay-scenario.ts';

export const delays: Scenario<DelayStep> = delayScenario({ name: 'delays' });

export const delayMutants = {
  /** After a crash what is claimed is appended under another producer, so nobody knows that it is there. */
  'forgotten-producer': delayScenario({
    name: 'forgotten-producer',
    mutate: (around) =>
      withCalls(around, {
        read: (name, input, others) => (name === 'findProducerId' ? Promise.resolve() : others(name, input)),
        write: (name, input, others) =>
          name === 'claimProducerId'
            ? Promise.resolve((input as { producerId: number }).producerId)
            : others(name, input),
      }),
  }),
  /** A retry after a crash between the two steps of a produce delays its records once more. */
  'forgotten-note': delayScenario({
    name: 'forgotten-note',
    mutate: (around) =>
      withCalls(around, {
        write: (name, input, others) => others(name, name === 'takeIn' ? withoutProducers(input) : input),
      }),
  }),
  /** The clock of deliveries is ahead of the broker's. */
  'hasty-clock': delayScenario({ name: 'hasty-clock', mutate: hasty }),
} as const satisfies Record<string, Scenario<DelayStep>>;

function withoutProducers(input: unknown): unknown {
  const { batches, ...rest } = input as { readonly batches: readonly { readonly records: unknown }[] };
  return { ...rest, batches: batches.map(({ records }) => ({ records })) };
}

function hasty({ world, sql }: Around): Around {
  const { clock } = world;
  return {
    world: {
      ...world,
      clock: {
        nowMs: () => clock.nowMs() + 25,
        monotonicMs: () => clock.monotonicMs(),
        setTimer: (delayMs, callback) => clock.setTimer(delayMs, callback),
        nextTurn: (callback) => clock.nextTurn(callback),
        sleep: (delayMs, signal) => clock.sleep(delayMs, signal),
      },
    },
    sql,
  };
}

type Call = (name: string, input: unknown) => Promise<unknown>;
type Changed = (name: string, input: unknown, others: Call) => Promise<unknown>;

/** Calls of the store that go elsewhere. */
function withCalls({ world, sql }: Around, { read, write }: { read?: Changed; write?: Changed }): Around {
  const around = (call: unknown, changed: Changed = (name, input, others) => others(name, input)) => {
    const others = (name: string, input: unknown) => (call as Call).call(sql, name, input);
    return (name: string, input: unknown) => changed(name, input, others);
  };
  return {
    world,
    sql: { read: around(sql.read, read), write: around(sql.write, write) } as unknown as Around['sql'],
  };
}
