// Work that may take only so long without moving, by a clock that is given. What does not heed the signal is left behind.

import type { Clock } from '@cairn/world';
import { RemoteError } from './remote-error.ts';

export type Watch = {
  /** Aborts when the time is over or the caller's signal aborts. */
  readonly signal: AbortSignal;
  /** Something happened: the time begins again. */
  moved(): void;
};

export async function withinTime<T>(
  work: (watch: Watch) => Promise<T>,
  options: {
    readonly what: string;
    readonly clock: Clock;
    readonly timeMs: number;
    readonly signal?: AbortSignal | undefined;
    /** How long it may take to heed the signal, before it is left behind. */
    readonly endingMs?: number;
  },
): Promise<T> {
  const { what, clock, timeMs, signal, endingMs = 0 } = options;
  signal?.throwIfAborted();
  const ending = new AbortController();
  const over = Promise.withResolvers<never>();
  over.promise.catch(() => {});
  const end = (reason: unknown) => {
    ending.abort(reason);
    over.reject(reason);
  };
  const start = () =>
    clock.setTimer(timeMs, () => end(new RemoteError(`could not ${what}: nothing moved for ${timeMs} ms`)));
  let timer = start();
  let done: Promise<T> | undefined;
  const moved = () => {
    timer.cancel();
    timer = start();
  };
  const onAbort = () => end(signal?.reason);
  signal?.addEventListener('abort', onAbort);
  try {
    done = work({ signal: ending.signal, moved });
    done.catch(() => {});
    return await Promise.race([done, over.promise]);
  } finally {
    timer.cancel();
    if (ending.signal.aborted && done !== undefined && endingMs > 0)
      await Promise.race([done.catch(() => {}), clock.sleep(endingMs)]);
    signal?.removeEventListener('abort', onAbort);
  }
}
