// Tests that run before node:test is at work. From its first test on it follows every promise of the process to the test that
// made it, which for a simulation, nothing but promises, is up to half of its CPU time. So the bodies come first, one after the
// other, and node:test is told what became of them. They have no context, and `--test-name-pattern` does not spare them.
//
//   const { test, run } = earlyTests();
//   test('nothing acknowledged is lost', () => checkSeeds(scenario, { seeds: 150 }));
//   await run();

import { test as nodeTest } from 'node:test';

type Body = () => Promise<unknown>;

export type EarlyTests = {
  readonly test: (name: string, body: Body) => void;
  /** Runs the bodies, then registers the tests. A file that does not call it has no test. */
  readonly run: () => Promise<void>;
};

export function earlyTests(): EarlyTests {
  const bodies: { readonly name: string; readonly body: Body }[] = [];
  return {
    test: (name, body) => void bodies.push({ name, body }),
    run: async () => {
      const ended: { readonly name: string; readonly outcome: PromiseSettledResult<unknown> }[] = [];
      const startedMs = performance.now();
      for (const { name, body } of bodies) {
        const [outcome] = await Promise.allSettled([Promise.try(body)]);
        ended.push({ name, outcome });
      }
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      for (const [index, { name, outcome }] of ended.entries())
        nodeTest(name, (t) => {
          if (index === 0)
            t.diagnostic(`${ended.length} tests ran in ${seconds} s before the time of the file`);
          if (outcome.status === 'rejected') throw outcome.reason;
        });
    },
  };
}
