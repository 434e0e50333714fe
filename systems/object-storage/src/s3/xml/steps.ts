// Work in steps: a document of 10,000 parts takes 100 ms to read, during which nobody else would be served. A generator
// yields wherever another turn of the event loop may come first.

export type Steps<Result> = Generator<void, Result>;

/** Waits before a step whenever the turn is used up. */
export async function inTurns<Result>(
  steps: Steps<Result>,
  turn: () => Promise<void> | undefined,
): Promise<Result> {
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
    const wait = turn();
    if (wait !== undefined) await wait;
  }
}

export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const next = steps.next();
    if (next.done) return next.value;
  }
}
