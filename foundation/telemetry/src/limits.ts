// Bounds of what telemetry may cost: a process is not brought down by the numbers kept about it.

import assert from 'node:assert/strict';

/** Children of one family; further label values share the overflow child, so a client cannot grow the registry. */
export const seriesPerFamilyMax = 1000;

/** The value that every label of the overflow child has. */
export const overflowLabelValue = '_overflow';

/** How deep objects, arrays and causes of errors are followed in a log event; what lies deeper is cut. */
export const logDepthMax = 8;

/** Names whose redaction is remembered; field names are few, a set made of user input is not. */
export const redactionNamesMax = 4096;

/** Lines of a log that cannot be written for the moment: more are lost, and counted. */
export const logWaitingBytesMax = 4 * 1024 * 1024;
/** When a write of the log that failed is tried again. */
export const logRetryMs = 500;
/** The same where a pipe was full: its reader takes 64 KiB at a time. */
export const logFullPipeMs = 5;
/** For who takes no lines at the exit of the process, a pipe that is full for example. */
export const logExitPatienceMs = 500;

/** How often the event loop's delay is sampled. */
export const eventLoopResolutionMs = 20;

/** Upper bounds in seconds from 0.25 ms to 30 s, for latencies. */
export const latencyBucketsSeconds = [
  0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
] as const;

assert(seriesPerFamilyMax >= 2, 'a family holds at least one child and the overflow child');
