// Metrics of the process itself: there, plausible, and named as the convention wants.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { findProgram } from '@cairn/testing';
import { createMetrics } from './create-metrics.ts';
import { observeProcess } from './process-metrics.ts';

function sampleOf(exposition: string, name: string): number {
  const line = exposition.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  assert(line !== undefined, `${name} is not exposed`);
  return Number(line.split(' ')[1]);
}

test('CPU time, memory and start time are those of this process', () => {
  const metrics = createMetrics();
  const stop = observeProcess(metrics);
  const exposition = metrics.expose();
  stop();
  const { user, system } = process.cpuUsage();
  const cpuSeconds = sampleOf(exposition, 'process_cpu_seconds_total');
  assert(cpuSeconds > 0 && cpuSeconds <= (user + system) / 1e6);
  assert(sampleOf(exposition, 'process_resident_memory_bytes') > 10 * 1024 * 1024);
  assert(
    sampleOf(exposition, 'nodejs_heap_size_used_bytes') <=
      sampleOf(exposition, 'nodejs_heap_size_total_bytes'),
  );
  assert(Math.abs(sampleOf(exposition, 'process_start_time_seconds') - performance.timeOrigin / 1000) < 1);
  assert(sampleOf(exposition, 'nodejs_eventloop_lag_p99_seconds') >= 0);
});

test('CPU time only grows from one exposition to the next', () => {
  const metrics = createMetrics();
  const stop = observeProcess(metrics);
  const before = sampleOf(metrics.expose(), 'process_cpu_seconds_total');
  while (process.cpuUsage().user / 1e6 < before + 0.01) Math.hypot(before, 1);
  assert(sampleOf(metrics.expose(), 'process_cpu_seconds_total') > before);
  stop();
});

const promtool = findProgram('promtool');

test('promtool finds nothing to say about them', { skip: !promtool && 'promtool is not installed' }, () => {
  const metrics = createMetrics();
  const stop = observeProcess(metrics);
  const checked = spawnSync(promtool!, ['check', 'metrics'], { input: metrics.expose(), encoding: 'utf8' });
  stop();
  assert.deepEqual(
    { status: checked.status, said: checked.stdout + checked.stderr },
    { status: 0, said: '' },
  );
});
