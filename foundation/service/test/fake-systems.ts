// Tiny systems for the tests of the shell: they record what the shell does with them.

import { z } from 'zod';
import type { RunningSystem, SystemContext, SystemDefinition } from '../src/index.ts';

export type FakeSystem = SystemDefinition & {
  /** What happened, over all systems that share the list: `start a`, `stop a`. */
  readonly events: string[];
  context?: SystemContext<unknown>;
};

export function fakeSystem(
  name: string,
  options: {
    readonly uses?: readonly string[];
    readonly events?: string[];
    readonly config?: z.ZodType;
    readonly nouns?: readonly string[];
    readonly running?: Partial<RunningSystem<unknown>>;
    readonly start?: (context: SystemContext<unknown>) => Promise<void>;
  } = {},
): FakeSystem {
  const events = options.events ?? [];
  const system: FakeSystem = {
    name,
    events,
    nouns: options.nouns ?? [],
    uses: options.uses ?? [],
    config: options.config ?? z.strictObject({}),
    start: async (context) => {
      events.push(`start ${name}`);
      system.context = context;
      await options.start?.(context);
      const stop = async () => void events.push(`stop ${name}`);
      const health = async () => ({ ready: true });
      return { api: { name }, endpoints: [], routes: [], health, stop, ...options.running };
    },
  };
  return system;
}
