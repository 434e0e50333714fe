// The registry: what it counts, what it writes, and which mistakes it refuses.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { findProgram } from '@cairn/testing';
import { createMetrics } from './create-metrics.ts';

const help = 'Something.';

test('families are written by name, each with its help, its type and its children', () => {
  const metrics = createMetrics();
  const requests = metrics.counter('cairn_s3_requests_total', {
    help: 'Requests.',
    labels: ['operation', 'status'],
  });
  requests.with({ operation: 'PutObject', status: '200' }).add(2);
  requests.with({ status: '404', operation: 'GetObject' }).add(1);
  requests.with({ operation: 'PutObject', status: '200' }).add(1);
  metrics.gauge('cairn_open_files', { help: 'Open files.' }).with({}).set(1.5);
  assert.equal(
    metrics.expose(),
    `# HELP cairn_open_files Open files.
# TYPE cairn_open_files gauge
cairn_open_files 1.5
# HELP cairn_s3_requests_total Requests.
# TYPE cairn_s3_requests_total counter
cairn_s3_requests_total{operation="PutObject",status="200"} 3
cairn_s3_requests_total{operation="GetObject",status="404"} 1
`,
  );
});

test('histogram buckets are cumulative, a value on a bound counts below it, and the sum and count follow', () => {
  const metrics = createMetrics();
  const sizes = metrics.histogram('cairn_size_bytes', { help, labels: ['kind'], buckets: [1, 2.5, 10] });
  for (const value of [0.5, 1, 2, 10, 11]) sizes.with({ kind: 'a' }).observe(value);
  assert.equal(
    metrics.expose(),
    `# HELP cairn_size_bytes Something.
# TYPE cairn_size_bytes histogram
cairn_size_bytes_bucket{kind="a",le="1"} 2
cairn_size_bytes_bucket{kind="a",le="2.5"} 3
cairn_size_bytes_bucket{kind="a",le="10"} 4
cairn_size_bytes_bucket{kind="a",le="+Inf"} 5
cairn_size_bytes_sum{kind="a"} 24.5
cairn_size_bytes_count{kind="a"} 5
`,
  );
});

test('backslashes, quotes and line feeds are escaped in label values, and in help texts all but quotes', () => {
  const metrics = createMetrics();
  const family = metrics.gauge('cairn_x', { help: 'a "b"\\\nc', labels: ['path'] });
  family.with({ path: 'a "b"\\\nc' }).set(1);
  assert.equal(
    metrics.expose(),
    '# HELP cairn_x a "b"\\\\\\nc\n# TYPE cairn_x gauge\ncairn_x{path="a \\"b\\"\\\\\\nc"} 1\n',
  );
});

test('numbers that are not finite are written as Prometheus reads them', () => {
  const metrics = createMetrics();
  const family = metrics.gauge('cairn_x', { help, labels: ['case'] });
  family.with({ case: 'above' }).set(Number.POSITIVE_INFINITY);
  family.with({ case: 'below' }).set(Number.NEGATIVE_INFINITY);
  family.with({ case: 'none' }).set(Number.NaN);
  const values = metrics.expose().trimEnd().split('\n').slice(2);
  assert.deepEqual(
    values.map((line) => line.split(' ')[1]),
    ['+Inf', '-Inf', 'NaN'],
  );
});

test('a family without labels has its zero from the start', () => {
  const metrics = createMetrics();
  metrics.counter('cairn_errors_total', { help });
  assert.match(metrics.expose(), /^cairn_errors_total 0$/m);
});

test('asking twice for one shape gives the same children', () => {
  const metrics = createMetrics();
  const shape = { help, labels: ['a'] as const };
  const first = metrics.counter('cairn_x_total', shape).with({ a: '1' });
  assert.equal(metrics.counter('cairn_x_total', { help, labels: ['a'] }).with({ a: '1' }), first);
});

test('asking for a known name with another type, help, labels or buckets is a mistake', () => {
  const metrics = createMetrics();
  metrics.histogram('cairn_x', { help, labels: ['a'], buckets: [1, 2] });
  const others = [
    () => metrics.gauge('cairn_x', { help, labels: ['a'] }),
    () => metrics.histogram('cairn_x', { help: 'Else.', labels: ['a'], buckets: [1, 2] }),
    () => metrics.histogram('cairn_x', { help, labels: ['b'], buckets: [1, 2] }),
    () => metrics.histogram('cairn_x', { help, labels: ['a'], buckets: [1, 3] }),
  ];
  for (const other of others)
    assert.throws(other, { name: 'AssertionError', message: /'cairn_x' is registered with/ });
});

test('names, labels, buckets and help that Prometheus would refuse are mistakes', () => {
  const metrics = createMetrics();
  const mistakes: readonly [() => unknown, RegExp][] = [
    [() => metrics.gauge('cairn-x', { help }), /'cairn-x': a name matches/],
    [() => metrics.gauge('9x', { help }), /a name matches/],
    [() => metrics.counter('cairn_x', { help }), /counters end in _total/],
    [() => metrics.gauge('cairn_x_total', { help }), /only counters end in _total/],
    [() => metrics.gauge('cairn_x', { help, labels: ['a-b'] }), /label 'a-b' must match/],
    [() => metrics.gauge('cairn_x', { help, labels: ['__a'] }), /not start with __/],
    [() => metrics.gauge('cairn_x', { help, labels: ['a', 'a'] }), /given twice/],
    [() => metrics.histogram('cairn_x', { help, labels: ['le'] }), /owns label 'le'/],
    [() => metrics.histogram('cairn_x', { help, buckets: [] }), /at least one bucket/],
    [() => metrics.histogram('cairn_x', { help, buckets: [2, 1] }), /bound 1 is not finite and ascending/],
    [() => metrics.gauge('cairn_x', { help: ' ' }), /no help text/],
  ];
  for (const [mistake, message] of mistakes) assert.throws(mistake, { name: 'AssertionError', message });
});

test('two families may not write one series', () => {
  const metrics = createMetrics();
  metrics.gauge('cairn_x_count', { help });
  assert.throws(
    () => metrics.histogram('cairn_x', { help }),
    /'cairn_x_count' writes series 'cairn_x_count'/,
  );
  assert.throws(() => metrics.gauge('cairn_x_bucket', { help }) && metrics.histogram('cairn_x', { help }));
});

test('labels that the family does not have, or that are missing, are mistakes', () => {
  const family = createMetrics().gauge<string>('cairn_x', { help, labels: ['a'] });
  assert.throws(() => family.with({}), { name: 'AssertionError' });
  assert.throws(() => family.with({ b: '1' }), { name: 'AssertionError' });
  assert.throws(() => family.with({ a: '1', b: '1' }), { name: 'AssertionError' });
});

test('a counter does not shrink and a histogram does not take what is no number', () => {
  const metrics = createMetrics();
  assert.throws(
    () => metrics.counter('cairn_x_total', { help }).with({}).add(-1),
    /only grows, it was given -1/,
  );
  assert.throws(() => metrics.counter('cairn_x_total', { help }).with({}).add(Number.NaN), /only grows/);
  assert.throws(
    () => metrics.histogram('cairn_x', { help }).with({}).observe(Number.NaN),
    /it was given NaN/,
  );
});

test('past the bound new label values share the overflow child, and no count is lost', () => {
  const metrics = createMetrics({ seriesMax: 3 });
  const family = metrics.counter('cairn_x_total', { help, labels: ['user'] });
  for (const user of ['a', 'b', 'c', 'd', 'a']) family.with({ user }).add(1);
  assert.deepEqual(metrics.expose().trimEnd().split('\n').slice(2), [
    'cairn_x_total{user="a"} 2',
    'cairn_x_total{user="b"} 1',
    'cairn_x_total{user="_overflow"} 2',
  ]);
});

test('label values that could be mistaken for one another stay apart', () => {
  const metrics = createMetrics();
  const family = metrics.counter('cairn_x_total', { help, labels: ['a', 'b'] });
  assert.notEqual(family.with({ a: 'x","y', b: 'z' }), family.with({ a: 'x', b: 'y","z' }));
});

test('collectors run before each exposition', () => {
  const metrics = createMetrics();
  const gauge = metrics.gauge('cairn_turns', { help }).with({});
  metrics.onCollect(() => gauge.add(1));
  metrics.expose();
  assert.match(metrics.expose(), /^cairn_turns 2$/m);
});

const promtool = findProgram('promtool');

test('promtool finds nothing to say about an exposition', {
  skip: !promtool && 'promtool is not installed',
}, () => {
  const metrics = createMetrics();
  metrics
    .counter('cairn_s3_requests_total', { help, labels: ['operation'] })
    .with({ operation: 'a"\\\nb' })
    .add(1);
  metrics.gauge('cairn_queue_length', { help }).with({}).set(Number.POSITIVE_INFINITY);
  metrics
    .histogram('cairn_s3_request_duration_seconds', { help, labels: ['a'] })
    .with({ a: 'é' })
    .observe(0.1);
  const checked = spawnSync(promtool!, ['check', 'metrics'], { input: metrics.expose(), encoding: 'utf8' });
  assert.deepEqual(
    { status: checked.status, said: checked.stdout + checked.stderr },
    { status: 0, said: '' },
  );
});
