// Cleaning up after a test in the reverse order of setting up: node:test runs its hooks in the order of registration,
// which would remove a folder while the process that was started on it is still at work.

/** What this needs of node:test's context (`t`); a suite can pass `{ after }`. */
export type TestContext = { after(cleanUp: () => Promise<void>): void };

const cleanUpsOf = new WeakMap<TestContext, (() => Promise<unknown>)[]>();

/** Runs after the test, before everything that was registered earlier with the same context. */
export function cleanUpAfter(test: TestContext, cleanUp: () => Promise<unknown>): void {
  const known = cleanUpsOf.get(test);
  if (known !== undefined) {
    known.push(cleanUp);
    return;
  }
  const cleanUps = [cleanUp];
  cleanUpsOf.set(test, cleanUps);
  test.after(() => runAll(cleanUps.toReversed()));
}

/** One that fails keeps none of the others from running; the first failure is the test's. */
async function runAll(cleanUps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const cleanUp of cleanUps) await cleanUp().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
