// What every process tells about itself, under the names that Prometheus clients and their dashboards share:
// `process_*` (https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics) and `nodejs_*`.

import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { eventLoopResolutionMs, latencyBucketsSeconds } from '../limits.ts';
import type { Metrics } from '../metrics.ts';

/** Registers them; returns how to stop observing. Lag is measured anew from one exposition to the next. */
export function observeProcess(metrics: Metrics): () => void {
  observeResources(metrics);
  const stopLag = observeEventLoop(metrics);
  const stopCollections = observeGarbageCollection(metrics);
  return () => {
    stopLag();
    stopCollections();
  };
}

function observeResources(metrics: Metrics): void {
  const cpu = metrics
    .counter('process_cpu_seconds_total', { help: 'User and system CPU time spent in seconds.' })
    .with({});
  const gauge = (name: string, help: string) => metrics.gauge(name, { help }).with({});
  const resident = gauge('process_resident_memory_bytes', 'Resident memory size in bytes.');
  const heapUsed = gauge('nodejs_heap_size_used_bytes', 'Heap in use in bytes.');
  const heapTotal = gauge('nodejs_heap_size_total_bytes', 'Heap reserved in bytes.');
  const external = gauge('nodejs_external_memory_bytes', 'Memory of buffers outside the heap in bytes.');
  const startTime = gauge('process_start_time_seconds', 'Start of the process in seconds since the epoch.');
  startTime.set(performance.timeOrigin / 1000);
  const files = process.platform === 'linux' && gauge('process_open_fds', 'Number of open file descriptors.');
  metrics
    .gauge('nodejs_version_info', { help: 'Version of Node.js.', labels: ['version'] })
    .with({ version: process.version })
    .set(1);

  let countedSeconds = 0;
  metrics.onCollect(() => {
    const usage = process.cpuUsage();
    const totalSeconds = (usage.user + usage.system) / 1e6;
    cpu.add(totalSeconds - countedSeconds);
    countedSeconds = totalSeconds;
    const memory = process.memoryUsage();
    resident.set(memory.rss);
    heapUsed.set(memory.heapUsed);
    heapTotal.set(memory.heapTotal);
    external.set(memory.external);
    // procfs is kernel memory: this call cannot wait for a disk. One descriptor is that of the listing itself.
    if (files) files.set(readdirSync('/proc/self/fd').length - 1);
  });
}

function observeEventLoop(metrics: Metrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: eventLoopResolutionMs });
  delay.enable();
  const gauge = (name: string, help: string) => metrics.gauge(name, { help }).with({});
  const mean = gauge('nodejs_eventloop_lag_mean_seconds', 'Mean event loop lag since the last scrape.');
  const p99 = gauge(
    'nodejs_eventloop_lag_p99_seconds',
    '99th percentile of event loop lag since the last scrape.',
  );
  const max = gauge('nodejs_eventloop_lag_max_seconds', 'Longest event loop lag since the last scrape.');
  // The monitor records the time between its timer's turns, which includes the interval it asked for.
  const lagSeconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - eventLoopResolutionMs / 1000);
  metrics.onCollect(() => {
    const observed = delay.count > 0;
    mean.set(observed ? lagSeconds(delay.mean) : 0);
    p99.set(observed ? lagSeconds(delay.percentile(99)) : 0);
    max.set(observed ? lagSeconds(delay.max) : 0);
    delay.reset();
  });
  return () => delay.disable();
}

const collectionKinds: Readonly<Record<number, string>> = {
  1: 'minor',
  4: 'major',
  8: 'incremental',
  16: 'weakcb',
};

function observeGarbageCollection(metrics: Metrics): () => void {
  const durations = metrics.histogram('nodejs_gc_duration_seconds', {
    help: 'Duration of garbage collections by kind.',
    labels: ['kind'],
    buckets: latencyBucketsSeconds,
  });
  const observer = new PerformanceObserver((entries) => {
    for (const entry of entries.getEntries()) {
      const kind = (entry as { detail?: { kind?: number } }).detail?.kind ?? 0;
      durations.with({ kind: collectionKinds[kind] ?? 'other' }).observe(entry.duration / 1000);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}
