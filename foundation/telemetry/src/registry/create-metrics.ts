// The registry of a process: families by name, asked for as often as one likes, exposed as Prometheus text.
// A name has one shape: asking again with another type, help, labels or buckets is a programmer's mistake.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { latencyBucketsSeconds, seriesPerFamilyMax } from '../limits.ts';
import type { Counter, Family, Gauge, Histogram, MetricOptions, Metrics } from '../metrics.ts';
import { type FamilyShape, FamilyState, type MetricType } from './family.ts';
import { CounterChild, GaugeChild, HistogramChild, type Sampled } from './instruments.ts';
import { assertBuckets, assertLabelNames, assertMetricName, seriesNames } from './names.ts';

/** An empty registry. `seriesMax` bounds the children of each family, the overflow child included. */
export function createMetrics(options: { readonly seriesMax?: number } = {}): Metrics {
  return new Registry(options.seriesMax ?? seriesPerFamilyMax);
}

class Registry implements Metrics {
  readonly #seriesMax: number;
  readonly #families = new Map<string, FamilyState<Sampled>>();
  /** Every series name in use, with the family that writes it. */
  readonly #seriesOwners = new Map<string, string>();
  readonly #collectors: (() => void)[] = [];

  constructor(seriesMax: number) {
    assert(seriesMax >= 2, `a family holds at least one child and the overflow child, not ${seriesMax}`);
    this.#seriesMax = seriesMax;
  }

  counter<L extends string = never>(name: string, options: MetricOptions<L>): Family<L, Counter> {
    return this.#family(shapeOf('counter', name, options), () => new CounterChild());
  }

  gauge<L extends string = never>(name: string, options: MetricOptions<L>): Family<L, Gauge> {
    return this.#family(shapeOf('gauge', name, options), () => new GaugeChild());
  }

  histogram<L extends string = never>(
    name: string,
    options: MetricOptions<L> & { readonly buckets?: readonly number[] },
  ): Family<L, Histogram> {
    const buckets = options.buckets ?? latencyBucketsSeconds;
    assertBuckets(name, buckets);
    return this.#family(shapeOf('histogram', name, options, buckets), () => new HistogramChild(buckets));
  }

  onCollect(collect: () => void): void {
    this.#collectors.push(collect);
  }

  expose(): string {
    for (const collect of this.#collectors) collect();
    const names = [...this.#families.keys()].sort();
    return names.map((name) => this.#families.get(name)!.expose()).join('');
  }

  #family<Child extends Sampled>(shape: FamilyShape, newChild: () => Child): FamilyState<Child> {
    const known = this.#families.get(shape.name);
    if (known === undefined) return this.#register(shape, newChild);
    const same = isDeepStrictEqual(known.shape, shape);
    assert(same, `metric '${shape.name}' is registered with another type, help, labels or buckets`);
    // The shape says which instrument it is, so the child's type is the one that was registered.
    return known as FamilyState<Child>;
  }

  #register<Child extends Sampled>(shape: FamilyShape, newChild: () => Child): FamilyState<Child> {
    const { type, name } = shape;
    assertMetricName(type, name);
    assertLabelNames(type, name, shape.labels);
    assert(shape.help.trim() !== '', `could not register '${name}': it has no help text`);
    for (const series of seriesNames(type, name)) {
      const owner = this.#seriesOwners.get(series);
      assert(
        owner === undefined,
        `could not register '${name}': '${owner}' writes series '${series}' already`,
      );
    }
    for (const series of seriesNames(type, name)) this.#seriesOwners.set(series, name);
    const family = new FamilyState(shape, { seriesMax: this.#seriesMax, newChild });
    this.#families.set(name, family);
    return family;
  }
}

function shapeOf(
  type: MetricType,
  name: string,
  options: MetricOptions<string>,
  buckets: readonly number[] = [],
): FamilyShape {
  return { type, name, help: options.help, labels: [...(options.labels ?? [])], buckets: [...buckets] };
}
