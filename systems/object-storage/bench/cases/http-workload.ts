// A workload of HTTP requests over many connections, reduced to a figure.

import {
  type BenchContext,
  type HttpLoadResult,
  loadHttp,
  loadHttpAtRate,
  type PreparedRequest,
} from '@cairn/bench';
import { host, type Server } from '../servers/server.ts';
import type { Workload } from './compare.ts';
import { type FigureUnit, figures } from './figures.ts';

export type HttpWorkload = {
  readonly unit: FigureUnit;
  readonly connections: number;
  /** What one request moves, in the unit's subject; 1 by default. */
  readonly amount?: number;
  readonly prepare?: Workload['prepare'];
  /** The requests of one measurement, by their number. Called before its clock starts. */
  readonly requests: (server: Server, context: BenchContext) => (index: number) => PreparedRequest;
  /** How long one measurement takes; or how many requests. */
  readonly until?: { readonly requests: number } | { readonly durationMs: number };
  /** Send at this rate instead of as fast as the server answers. */
  readonly ratePerSecond?: number;
};

/** Long enough for CPU time that is counted in steps of 10 ms. */
const durationMs = 1_500;
/** Tiny measurements send a few over each connection. */
const tinyRequests = 64;

export function httpWorkload(workload: HttpWorkload): Workload {
  const { unit, prepare } = workload;
  const { better, of } = figures[unit];
  return {
    unit,
    better,
    ...(prepare === undefined ? {} : { prepare }),
    measure: async (server, context) => {
      let cpuStart = 0;
      const onStart = () => {
        cpuStart = server.cpuSeconds();
      };
      const result = await runLoad(workload, { server, context, onStart });
      // A tiny run may be shorter than the 10 ms in which the system counts.
      const cpuSeconds = Math.max(server.cpuSeconds() - cpuStart, 0.01);
      return of({ ...result, cpuSeconds, amount: workload.amount ?? 1 });
    },
  };
}

function runLoad(
  workload: HttpWorkload,
  options: { readonly server: Server; readonly context: BenchContext; readonly onStart: () => void },
): Promise<HttpLoadResult> {
  const { server, context, onStart } = options;
  const { connections, ratePerSecond, until = { durationMs } } = workload;
  const request = workload.requests(server, context);
  const load = { host, port: server.port, connections, request, onStart };
  if (ratePerSecond !== undefined) {
    const requests = context.tiny ? tinyRequests : (ratePerSecond * rateDurationMs) / 1000;
    return loadHttpAtRate({ ...load, ratePerSecond, requests });
  }
  return loadHttp({ ...load, until: context.tiny ? tinyUntil(until) : until });
}

/** A percentile needs many: at 2,000 per second the 99th leaves out 60. */
const rateDurationMs = 3_000;

function tinyUntil(until: NonNullable<HttpWorkload['until']>): { readonly requests: number } {
  return { requests: 'requests' in until ? Math.min(until.requests, 1) : tinyRequests };
}
