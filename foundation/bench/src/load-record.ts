// What a load saw: how many responses, of which status, how long each took.

import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { HttpResponse } from './http-response-reader.ts';

export type HttpLoadResult = {
  readonly requests: number;
  readonly wallSeconds: number;
  readonly perWallSecond: number;
  readonly responseBodyBytes: number;
  readonly statuses: ReadonlyMap<number, number>;
  readonly latency: LatencySummary;
  /** CPU time of the load itself, this process: what it takes away from the server when cores are few. */
  readonly loadCpuSeconds: number;
};

/** Milliseconds from the first byte sent (in an open loop: from when it should have been) to the last received. */
export type LatencySummary = {
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
};

export class LoadRecord {
  readonly #isExpected: (status: number) => boolean;
  readonly #latencies: RecordableHistogram = createHistogram();
  readonly #statuses = new Map<number, number>();
  readonly #startMs = performance.now();
  readonly #startCpu = process.cpuUsage();
  #requests = 0;
  #responseBodyBytes = 0;

  constructor(isExpected: ((status: number) => boolean) | undefined) {
    this.#isExpected = isExpected ?? ((status) => status >= 200 && status < 300);
  }

  get startMs(): number {
    return this.#startMs;
  }

  /** Throws at a status that is not expected. */
  add(response: HttpResponse, elapsedMs: number): void {
    const { status } = response;
    if (!this.#isExpected(status)) {
      throw new Error(`the server answered ${status}: ${response.body.toString()}`);
    }
    this.#requests++;
    this.#responseBodyBytes += response.bodyBytes;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#latencies.record(Math.max(1, Math.round(elapsedMs * nanosecondsPerMs)));
  }

  result(): HttpLoadResult {
    const wallSeconds = (performance.now() - this.#startMs) / 1000;
    const { user, system } = process.cpuUsage(this.#startCpu);
    return {
      requests: this.#requests,
      wallSeconds,
      perWallSecond: this.#requests / wallSeconds,
      responseBodyBytes: this.#responseBodyBytes,
      statuses: this.#statuses,
      latency: summarize(this.#latencies),
      loadCpuSeconds: (user + system) / 1e6,
    };
  }
}

function summarize(latencies: RecordableHistogram): LatencySummary {
  const percentileMs = (percentile: number) => latencies.percentile(percentile) / nanosecondsPerMs;
  return {
    meanMs: latencies.mean / nanosecondsPerMs,
    p50Ms: percentileMs(50),
    p90Ms: percentileMs(90),
    p99Ms: percentileMs(99),
    p999Ms: percentileMs(99.9),
    maxMs: latencies.max / nanosecondsPerMs,
  };
}

const nanosecondsPerMs = 1e6;
