export type { Log, LogFields, LogLevel } from './log.ts';
export { createLog, type LogOptions, silentLog } from './logging/create-log.ts';
export type { Counter, Family, Gauge, Histogram, MetricOptions, Metrics } from './metrics.ts';
export { createMetrics } from './registry/create-metrics.ts';
export { prometheusContentType } from './registry/exposition.ts';
export { observeProcess } from './registry/process-metrics.ts';
export { silentTelemetry, type Telemetry } from './telemetry.ts';
export { acceptRequestId, newRequestId } from './trace/request-id.ts';
export {
  childSpan,
  formatTraceparent,
  newTrace,
  parseTraceparent,
  type TraceContext,
} from './trace/trace-context.ts';
