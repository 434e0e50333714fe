// What filters may take of the process, all of them together: a share of each turn of the event loop, and the memory of one
// batch that is unpacked.

import type { Counter, Metrics } from '@cairn/telemetry';
import type { Clock } from '@cairn/world';
import { filterStride, filterTurnMs } from '../limits.ts';

export type FilterWorkOptions = {
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly metrics: Pick<Metrics, 'counter'>;
};

export class FilterWork {
  readonly #clock: FilterWorkOptions['clock'];
  readonly #dropped: Counter;
  #turnSinceMs: number;
  #untilLook = filterStride;
  /** Those whose turn is over, the one that waits longest first. */
  readonly #waiting: (() => void)[] = [];
  #isArmed = false;
  #unpacking: Promise<unknown> = Promise.resolve();

  constructor({ clock, metrics }: FilterWorkOptions) {
    this.#clock = clock;
    this.#turnSinceMs = clock.monotonicMs();
    this.#dropped = droppedCounter(metrics);
  }

  /** To be asked for every record: what to wait for, when the turn took long enough. */
  pause(): Promise<void> | undefined {
    this.#untilLook -= 1;
    if (this.#untilLook > 0) return undefined;
    this.#untilLook = filterStride;
    const isOver = this.#clock.monotonicMs() - this.#turnSinceMs >= filterTurnMs;
    return isOver ? this.#nextTurn() : undefined;
  }

  /** One after the other: what it unpacks is the only thing of its kind in memory. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#unpacking.then(work, work);
    this.#unpacking = mine.catch(() => {});
    return mine;
  }

  dropped(records: number): void {
    this.#dropped.add(records);
  }

  #nextTurn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#arm();
    return promise;
  }

  /** One of them in each turn: together they take no more of it than one would. */
  #arm(): void {
    if (this.#isArmed || this.#waiting.length === 0) return;
    this.#isArmed = true;
    this.#clock.sleep(0).then(() => {
      this.#isArmed = false;
      this.#turnSinceMs = this.#clock.monotonicMs();
      this.#waiting.shift()!();
      this.#arm();
    });
  }
}

export function droppedCounter(metrics: Pick<Metrics, 'counter'>): Counter {
  const help = 'Records that the filter of a group kept from its consumers.';
  return metrics.counter('cairn_kafka_filtered_records_total', { help }).with({});
}
