export type { Log, LogFields, LogLevel } from './log.ts';
export type { Counter, Family, Gauge, Histogram, MetricOptions, Metrics } from './metrics.ts';
export type { Telemetry } from './telemetry.ts';
