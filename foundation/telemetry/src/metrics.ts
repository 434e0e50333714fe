// Metrics: counters, gauges and histograms whose children are resolved once, so that counting costs an addition.
//
//   const requests = metrics.counter('cairn_s3_requests_total', { help: 'Requests by operation.', labels: ['operation'] });
//   const puts = requests.with({ operation: 'PutObject' });
//   puts.add(1);
//
// Names follow Prometheus: `cairn_` first, unit last, counters end in `_total`, times in seconds, sizes in bytes.

export type Metrics = {
  counter<L extends string = never>(name: string, options: MetricOptions<L>): Family<L, Counter>;
  gauge<L extends string = never>(name: string, options: MetricOptions<L>): Family<L, Gauge>;
  /** `buckets` are upper bounds, ascending; the default covers 0.25 ms to 30 s. */
  histogram<L extends string = never>(
    name: string,
    options: MetricOptions<L> & { readonly buckets?: readonly number[] },
  ): Family<L, Histogram>;
  /** Calls back before each exposition, to set gauges that are read rather than counted. */
  onCollect(collect: () => void): void;
  /** All families in Prometheus text format 0.0.4. */
  expose(): string;
};

export type MetricOptions<L extends string> = { readonly help: string; readonly labels?: readonly L[] };
export type Family<L extends string, Child> = { with(labels: Readonly<Record<L, string>>): Child };
export type Counter = { add(amount: number): void };
export type Gauge = { set(value: number): void; add(amount: number): void };
export type Histogram = { observe(value: number): void };
