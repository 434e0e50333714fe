// Bounds the wait for a server that may be frozen, or behind a network that swallows what is sent: neither ever ends a
// connection.
//
// Only time in which this process ran counts, in ticks: after a pause of the process, or of its machine, the answer may lie in
// the socket, and nobody has looked yet. So a tick that comes much too late counts nothing.

import type { Clock } from '@cairn/world';

const ticksWithin = 10;

export class UnansweredError extends Error {
  constructor(withinMs: number) {
    super(`no answer came within ${withinMs} ms`);
    this.name = 'UnansweredError';
  }
}

/** What `answer` gives. Rejects with what it rejects with, and with UnansweredError; the answer is then nobody's. */
export function answeredWithin<Answer>(
  answer: Promise<Answer>,
  { clock, withinMs }: { readonly clock: Clock; readonly withinMs: number },
): Promise<Answer> {
  if (withinMs === Number.POSITIVE_INFINITY) return answer;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const tickMs = withinMs / ticksWithin;
  let ticks = 0;
  const tickFrom = (sinceMs: number) =>
    clock.setTimer(tickMs, () => {
      const nowMs = clock.monotonicMs();
      if (nowMs - sinceMs <= 2 * tickMs) ticks++;
      if (ticks === ticksWithin) reject(new UnansweredError(withinMs));
      else timer = tickFrom(nowMs);
    });
  let timer = tickFrom(clock.monotonicMs());
  answer.then(resolve, reject).finally(() => timer.cancel());
  return promise;
}
