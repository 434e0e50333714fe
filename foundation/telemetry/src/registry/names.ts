// What Prometheus accepts as names, checked once at registration: a bad name is a programmer's mistake, and one bad
// line makes a scraper drop the whole exposition.
// https://prometheus.io/docs/concepts/data_model/

import assert from 'node:assert/strict';
import type { MetricType } from './family.ts';

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const labelName = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

export function assertMetricName(type: MetricType, name: string): void {
  assert(metricName.test(name), `could not register metric '${name}': a name matches ${metricName}`);
  if (type === 'counter') {
    assert(name.endsWith('_total'), `could not register counter '${name}': counters end in _total`);
  } else {
    assert(!name.endsWith('_total'), `could not register ${type} '${name}': only counters end in _total`);
  }
}

export function assertLabelNames(type: MetricType, name: string, labels: readonly string[]): void {
  for (const label of labels) {
    const valid = labelName.test(label) && !label.startsWith('__');
    assert(
      valid,
      `could not register '${name}': label '${label}' must match ${labelName} and not start with __`,
    );
    assert(
      !(type === 'histogram' && label === 'le'),
      `could not register '${name}': a histogram owns label 'le'`,
    );
  }
  assert(new Set(labels).size === labels.length, `could not register '${name}': a label is given twice`);
}

export function assertBuckets(name: string, buckets: readonly number[]): void {
  assert(buckets.length > 0, `could not register histogram '${name}': it needs at least one bucket`);
  buckets.forEach((bound, index) => {
    const ascending = Number.isFinite(bound) && (index === 0 || bound > buckets[index - 1]!);
    assert(ascending, `could not register histogram '${name}': bound ${bound} is not finite and ascending`);
  });
}

/** The names of the series that a family writes; two families must not write the same one. */
export function seriesNames(type: MetricType, name: string): readonly string[] {
  return type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}
