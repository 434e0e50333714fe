// The agent: runs a backup whenever a cron expression says so, tries again when it fails, reports each run. On the world's
// clock, so that a year of it is a test of a second.
//
//   waiting ----- due -----> running ---- done, partial ----> report ----> waiting
//      ^                        |
//      |                        +---- failed, may be gone the next time ----> pause, running again (attempts)
//      +---- due again while it ran: that time is left out, the next one counts
//
// It sleeps in short steps and asks the wall clock after each: a machine that slept, or a clock that was set, makes it late by
// a step at most, and a clock that was set back has the next time chosen anew. A time that passed while the machine was off is made up for once (`catchUpSinceMs`).

import { retry } from '@cairn/resilience';
import type { World } from '@cairn/world';
import { Cron } from 'croner';
import { BackupError } from '../errors.ts';

export type ScheduleOptions = {
  readonly world: Pick<World, 'clock' | 'random'>;
  /** Five fields, or six with seconds first; or @daily and the like. */
  readonly cron: string;
  /** IANA name; the system's when absent. */
  readonly timeZone?: string;
  /** When the last backup was made: if a time has passed since, the first run is at once. */
  readonly catchUpSinceMs?: number;
  /** The first included. */
  readonly attempts: number;
  /** Before the second attempt; doubles, with full jitter, up to an hour. */
  readonly pauseMs: number;
  readonly isRetryable: (error: unknown) => boolean;
  /** Ends the agent; a run under way is aborted by it, too. */
  readonly signal: AbortSignal;
};

export type ScheduledRun<Result> = {
  /** When it was due, and when it began and ended: wall clock. */
  readonly dueMs: number;
  readonly beganMs: number;
  readonly endedMs: number;
  readonly attempts: number;
  /** When the next one is due; undefined when the expression has no more times. */
  readonly nextMs: number | undefined;
} & (
  | { readonly outcome: 'done'; readonly result: Result }
  | { readonly outcome: 'failed'; readonly error: unknown }
);

const stepMsMax = 30_000;
/** What is less is a clock that is trimmed: a time that came just before does not come again. */
const setBackMsLeast = 60_000;
const pauseMsMax = 60 * 60_000;

/**
 * Yields a report after each run, until the signal aborts or the expression has no more times; the consumer's own work delays
 * the next run. Throws `invalid-argument` for an expression or a time zone that is none.
 *
 * ```ts
 * for await (const run of runSchedule(backUp, { world, cron: '0 3 * * *', ...retries, signal })) log(run.outcome);
 * ```
 */
export async function* runSchedule<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  options: ScheduleOptions,
): AsyncGenerator<ScheduledRun<Result>, void, void> {
  const { world, signal, catchUpSinceMs } = options;
  const nextAfter = parseSchedule(options);
  const startMs = world.clock.nowMs();
  const missedMs = catchUpSinceMs === undefined ? undefined : nextAfter(catchUpSinceMs);
  let dueMs = missedMs !== undefined && missedMs <= startMs ? startMs : nextAfter(startMs);
  while (dueMs !== undefined) {
    const reachedMs = await reached(dueMs, nextAfter, options);
    if (reachedMs === undefined) return;
    const run = await runOnce(work, reachedMs, options);
    if (signal.aborted) return;
    // From the end of the run: what was due meanwhile is left out.
    dueMs = nextAfter(world.clock.nowMs());
    yield { ...run, nextMs: dueMs };
  }
}

/** The times of an expression: the first after a moment, undefined when there is none. */
export function parseSchedule(options: {
  readonly cron: string;
  readonly timeZone?: string;
}): (afterMs: number) => number | undefined {
  try {
    const timezone = options.timeZone === undefined ? {} : { timezone: options.timeZone };
    const cron = new Cron(options.cron, { ...timezone, paused: true });
    const nextAfter = (afterMs: number) => cron.nextRun(new Date(afterMs))?.getTime();
    nextAfter(0);
    return nextAfter;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const attempted = `read the schedule ${JSON.stringify(options.cron)}`;
    throw new BackupError('invalid-argument', { attempted, detail, cause: error });
  }
}

/** The time that came, which is an earlier one where the clock was set back; undefined when the signal aborted first. */
async function reached(
  firstMs: number,
  nextAfter: (afterMs: number) => number | undefined,
  { world: { clock }, signal }: ScheduleOptions,
): Promise<number | undefined> {
  let dueMs = firstMs;
  for (let beforeMs = clock.nowMs(); !signal.aborted; ) {
    const nowMs = clock.nowMs();
    // The time was chosen by a clock that was ahead, perhaps by years: until then there would be no backup.
    if (nowMs < beforeMs - setBackMsLeast) dueMs = nextAfter(nowMs) ?? dueMs;
    const leftMs = dueMs - nowMs;
    if (leftMs <= 0) return dueMs;
    beforeMs = nowMs;
    await clock.sleep(Math.min(leftMs, stepMsMax), signal).catch(() => {});
  }
  return undefined;
}

type Run<Result> = Omit<ScheduledRun<Result>, 'nextMs'> &
  (
    | { readonly outcome: 'done'; readonly result: Result }
    | { readonly outcome: 'failed'; readonly error: unknown }
  );

async function runOnce<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  dueMs: number,
  { world, signal, attempts: attemptsMax, pauseMs, isRetryable }: ScheduleOptions,
): Promise<Run<Result>> {
  const beganMs = world.clock.nowMs();
  let attempts = 0;
  const attempt = () => {
    attempts += 1;
    return work(signal);
  };
  try {
    const result = await retry(attempt, { world, isRetryable, attemptsMax, pauseMs, pauseMsMax, signal });
    return { dueMs, beganMs, endedMs: world.clock.nowMs(), attempts, outcome: 'done', result };
  } catch (error) {
    return { dueMs, beganMs, endedMs: world.clock.nowMs(), attempts, outcome: 'failed', error };
  }
}
