export type { BenchCase, BenchContext, BenchResult, Limit, Peer } from './bench-case.ts';
export { cpuSecondsOf } from './cpu-time.ts';
export {
  type HttpLoadOptions,
  type HttpLoadResult,
  type LatencySummary,
  loadHttp,
  type PreparedRequest,
} from './http-load.ts';
export { describeMachine, type Machine } from './machine.ts';
export { measureOperation, type OperationMeasurement, type OperationOptions } from './measure-operation.ts';
export { type Bench, runBench } from './run-bench.ts';
export { type ServerOptions, ServerProcess, startServer } from './server-process.ts';
