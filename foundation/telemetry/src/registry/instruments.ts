// The three instruments. Each is one child of a family: it adds up numbers and writes its own lines.
// Counting is an addition and an assertion; everything else happens at exposition.

import assert from 'node:assert/strict';
import type { Counter, Gauge, Histogram } from '../metrics.ts';
import { formatNumber, sampleLine } from './exposition.ts';

/** A child that can write its sample lines; `labels` is its label text without braces. */
export type Sampled = { sample(name: string, labels: string): string };

export class CounterChild implements Counter, Sampled {
  #value = 0;

  add(amount: number): void {
    assert(amount >= 0, `a counter only grows, it was given ${amount}`);
    this.#value += amount;
  }

  sample(name: string, labels: string): string {
    return sampleLine(name, labels, this.#value);
  }
}

export class GaugeChild implements Gauge, Sampled {
  #value = 0;

  set(value: number): void {
    this.#value = value;
  }

  add(amount: number): void {
    this.#value += amount;
  }

  sample(name: string, labels: string): string {
    return sampleLine(name, labels, this.#value);
  }
}

export class HistogramChild implements Histogram, Sampled {
  readonly #bounds: readonly number[];
  /** One count per bound, not cumulative, and a last one for everything above. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    assert(!Number.isNaN(value), 'a histogram observes numbers, it was given NaN');
    this.#counts[this.#bucketOf(value)]! += 1;
    this.#sum += value;
  }

  sample(name: string, labels: string): string {
    const before = labels === '' ? '' : `${labels},`;
    let text = '';
    let cumulative = 0;
    this.#counts.forEach((count, index) => {
      cumulative += count;
      const bound = formatNumber(this.#bounds[index] ?? Number.POSITIVE_INFINITY);
      text += sampleLine(`${name}_bucket`, `${before}le="${bound}"`, cumulative);
    });
    return (
      text + sampleLine(`${name}_sum`, labels, this.#sum) + sampleLine(`${name}_count`, labels, cumulative)
    );
  }

  /** The first bound that is not below the value, by halving. */
  #bucketOf(value: number): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value <= this.#bounds[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
