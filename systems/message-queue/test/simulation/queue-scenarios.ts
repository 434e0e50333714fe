// The scenarios of queues: the honest one, and mistakes that it has to catch.

import type { Clock } from '@cairn/world';
import type { Scenario } from '@cairn/world/simulated';
import { type Around, type QueueStep, queueScenario } from './queue-scenario.ts';

/** About when simulated time begins. */
const epochMs = Date.UTC(2026, 0, 1);

export const queues: Scenario<QueueStep> = queueScenario({ name: 'queues' });

export const queueMutants = {
  'forgotten-deletion': queueScenario({ name: 'forgotten-deletion', mutate: forgetsWhatIsGone }),
  'hasty-return': withClock('hasty-return', (clock) => ({ monotonicMs: () => 3 * clock.monotonicMs() })),
  'short-window': withClock('short-window', (clock) => ({ nowMs: () => 3 * clock.nowMs() - 2 * epochMs })),
} as const satisfies Record<string, Scenario<QueueStep>>;

function forgetsWhatIsGone({ world, sql }: Around): Around {
  const write = async (name: 'changeQueueRows', input: never): Promise<unknown> =>
    name === 'changeQueueRows' ? undefined : sql.write(name, input);
  return { world, sql: changed(sql, { write: write as never }) };
}

function withClock(name: string, mistake: (clock: Clock) => Partial<Clock>): Scenario<QueueStep> {
  return queueScenario({
    name,
    mutate: ({ world, sql }) => ({
      world: { ...world, clock: changed(world.clock, mistake(world.clock)) },
      sql,
    }),
  });
}

/** The same object with some methods replaced. */
function changed<T extends object>(original: T, replaced: Partial<T>): T {
  return new Proxy(original, {
    get: (target, key) => {
      const value = Reflect.get(key in replaced ? replaced : target, key);
      return typeof value === 'function' && !(key in replaced) ? value.bind(target) : value;
    },
  });
}
