// Trying again what failed for the moment: exponential backoff with full jitter ("Exponential Backoff and Jitter", AWS
// Architecture Blog, 2015), so that callers which failed together do not come back together. Time and randomness are the
// world's: in simulation a seed decides every pause.

import assert from 'node:assert/strict';
import type { World } from '@cairn/world';
import type { Deadline } from './deadline.ts';
import type { RetryBudget } from './retry-budget.ts';

export type RetryOptions = {
  readonly world: Pick<World, 'clock' | 'random'>;
  /** Whether an error may be gone the next time. Everything else is thrown at once. */
  readonly isRetryable: (error: unknown) => boolean;
  /** The first one included; 5 when absent. */
  readonly attemptsMax?: number;
  /** The first pause is 0 to this, the next 0 to twice this, and so on. 100 when absent. */
  readonly pauseMs?: number;
  /** No pause is longer than this, but for what `pauseAtLeastMs` says. 10,000 when absent. */
  readonly pauseMsMax?: number;
  /** What the failed side asked for (`Retry-After`); the pause is at least this. */
  readonly pauseAtLeastMs?: (error: unknown) => number | undefined;
  /** Shared with the other callers of the same server. */
  readonly budget?: RetryBudget;
  /** No attempt starts after it, nor a pause that would lead beyond it. */
  readonly deadline?: Deadline;
  readonly signal?: AbortSignal;
  /** Before each pause: for logs and counters. */
  readonly onRetry?: (retry: Retry) => void;
};

export type Retry = { readonly error: unknown; readonly attempt: number; readonly pauseMs: number };

/** `number` counts from 1. The attempt has to end when `signal` aborts (the caller's signal, or the deadline). */
export type Attempt = { readonly number: number; readonly signal: AbortSignal | undefined };

const defaults = { attemptsMax: 5, pauseMs: 100, pauseMsMax: 10_000 } as const;

/**
 * Runs `operation` until it succeeds. Rejects with the last attempt's own error when that is not retryable or when
 * attempts, budget or deadline are used up; with the signal's reason when it aborts. `operation` must be one that may run
 * twice.
 *
 * ```ts
 * const page = await retry(() => blobs.list({ prefix: 'packs/' }), {
 *   world,
 *   isRetryable: (error) => error instanceof BlobsError && error.retryable,
 * });
 * ```
 */
export async function retry<T>(
  operation: (attempt: Attempt) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { attemptsMax = defaults.attemptsMax, deadline, budget } = options;
  assert(attemptsMax >= 1, `there is at least one attempt, not ${attemptsMax}`);
  const signal = bothSignals(options.signal, deadline?.signal);
  for (let number = 1; ; number += 1) {
    signal?.throwIfAborted();
    try {
      const result = await operation({ number, signal });
      budget?.succeeded();
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      if (number === attemptsMax || !options.isRetryable(error)) throw error;
      const pauseMs = pauseBefore(number, { error, options });
      if (deadline !== undefined && pauseMs >= deadline.remainingMs) throw error;
      if (budget !== undefined && !budget.spend()) throw error;
      options.onRetry?.({ error, attempt: number, pauseMs });
      await options.world.clock.sleep(pauseMs, signal);
    }
  }
}

function pauseBefore(
  attempt: number,
  { error, options }: { readonly error: unknown; readonly options: RetryOptions },
): number {
  const { pauseMs = defaults.pauseMs, pauseMsMax = defaults.pauseMsMax, world } = options;
  const ceilingMs = Math.min(pauseMsMax, pauseMs * 2 ** (attempt - 1));
  const jitteredMs = world.random.integer(Math.floor(ceilingMs) + 1);
  return Math.max(jitteredMs, options.pauseAtLeastMs?.(error) ?? 0);
}

function bothSignals(left?: AbortSignal, right?: AbortSignal): AbortSignal | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return AbortSignal.any([left, right]);
}
