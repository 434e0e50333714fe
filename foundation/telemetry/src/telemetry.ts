// What a system is given to tell how it is doing.

import type { Log } from './log.ts';
import { silentLog } from './logging/create-log.ts';
import type { Metrics } from './metrics.ts';
import { createMetrics } from './registry/create-metrics.ts';

export type Telemetry = { readonly log: Log; readonly metrics: Metrics };

/** Counts in a registry of its own and logs nothing: for libraries used alone and for tests. */
export function silentTelemetry(): Telemetry {
  return { log: silentLog, metrics: createMetrics() };
}
