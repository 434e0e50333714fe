// Asks again what failed for a while: servers that are throttled, restarted or far away.

import type { Clock } from '@cairn/world';
import { ObjectStorageError } from '../../errors.ts';
import { isWorthRepeating, SourceMismatch } from './source-error.ts';

export type Patience = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Of the first rest; each further one is twice as long, half a minute at most. */
  readonly restMs: number;
};

const attemptsMax = 8;
/** Bytes that are wrong every time are wrong there. */
const mismatchesMax = 3;
const restMsMax = 30_000;

export async function patiently<T>(
  { clock, signal, restMs }: Patience,
  ask: (attempt: number) => Promise<T>,
): Promise<T> {
  let mismatches = 0;
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await ask(attempt);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof SourceMismatch) mismatches++;
      // What is wrong here does not become right by asking there again.
      if (error instanceof ObjectStorageError && error.status < 500) throw error;
      if (!isWorthRepeating(error) || attempt === attemptsMax || mismatches === mismatchesMax) throw error;
      await clock.sleep(Math.min(restMs * 2 ** (attempt - 1), restMsMax), signal);
    }
  }
}
