// What was started, to be stopped in reverse order: after a failed start, and at the end. Every step gets its chance
// whatever the others do, and none can hold up the end: when the deadline has passed by the grace, it is left behind.

import type { Log } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { stopGraceMs } from '../limits.ts';

type Step = { readonly name: string; readonly stop: (deadline: AbortSignal) => Promise<void> };

export class Teardown {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #steps: Step[] = [];

  constructor(options: { clock: Clock; log: Log }) {
    this.#clock = options.clock;
    this.#log = options.log;
  }

  add(name: string, stop: (deadline: AbortSignal) => Promise<void>): void {
    this.#steps.push({ name, stop });
  }

  /** Stops everything, last first; true when all of it ended without an error and in time. */
  async run(timeoutMs: number): Promise<boolean> {
    const deadline = new AbortController();
    const overdue = new AbortController();
    const deadlineTimer = this.#clock.setTimer(timeoutMs, () => deadline.abort());
    const overdueTimer = this.#clock.setTimer(timeoutMs + stopGraceMs, () => overdue.abort());
    let clean = true;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      clean = (await this.#stop(step, { deadline: deadline.signal, overdue: overdue.signal })) && clean;
    }
    deadlineTimer.cancel();
    overdueTimer.cancel();
    return clean;
  }

  async #stop(step: Step, signals: { deadline: AbortSignal; overdue: AbortSignal }): Promise<boolean> {
    const left = Promise.withResolvers<'left'>();
    const leave = () => left.resolve('left');
    signals.overdue.addEventListener('abort', leave);
    try {
      const stopped = step.stop(signals.deadline).then(() => 'stopped' as const);
      // What is overdue already gets one turn of the loop to be done at once.
      if (signals.overdue.aborted) setImmediate(leave);
      if ((await Promise.race([stopped, left.promise])) === 'stopped') return true;
      this.#log.error('left behind, it did not stop in time', { step: step.name });
    } catch (error) {
      this.#log.error('could not stop', { step: step.name, error });
    } finally {
      signals.overdue.removeEventListener('abort', leave);
    }
    return false;
  }
}
