// `@cairn/world/simulated`: the world that tests pass. An entry of its own, so that no program loads it.

export { CallsUnderWay } from './scenario/calls-under-way.ts';
export { checkCaught } from './scenario/check-caught.ts';
export { type CheckSeedsOptions, checkSeeds } from './scenario/check-seeds.ts';
export { runSeeds, type SeedFailure, type SeedRange, type SeedsOutcome } from './scenario/run-seeds.ts';
export type { Scenario } from './scenario/scenario.ts';
export { type Shrunk, shrink } from './scenario/shrink.ts';
export { type SimulateOptions, simulateMain } from './scenario/simulate-main.ts';
export type { Faults } from './simulated/faults.ts';
export { SeededRandom } from './simulated/seeded-random.ts';
export type {
  Crash,
  CrashOptions,
  CrashOutcome,
  DelayRange,
  ScheduleOptions,
  SimulatedMachine,
} from './simulated/simulated-machine.ts';
export { Simulation, type SimulationOptions } from './simulated/simulation.ts';
export { SimulationStuck, type SimulationStuckReason } from './simulated/simulation-stuck.ts';
export type { TraceEntry } from './simulated/timeline.ts';
export type { BitPosition, DiskControl } from './simulated-disk/disk-control.ts';
export type { FaultyCall } from './simulated-disk/volume.ts';
export { calmNetwork, type NetworkConditions } from './simulated-network/network-conditions.ts';
export type { NetworkEndpoint, Receive, SimulatedNetwork } from './simulated-network/simulated-network.ts';
