// A scenario that will never end: the one failure of a simulation that is not the scenario's own.

const reasons = {
  'no-event':
    'nothing can happen any more, but the scenario still waits: for a promise of a crashed process (see orCrash), for a ' +
    'deadlock, or for work that is not part of the world (see outside)',
  'too-many-events': 'the scenario did not end within the bound on events',
} as const;

export type SimulationStuckReason = keyof typeof reasons;

export class SimulationStuck extends Error {
  readonly code: SimulationStuckReason;

  constructor(code: SimulationStuckReason, { nowMs, events }: { nowMs: number; events: number }) {
    super(`the simulation is stuck at ${nowMs.toFixed(3)} ms after ${events} events: ${reasons[code]}`);
    this.name = 'SimulationStuck';
    this.code = code;
  }
}
