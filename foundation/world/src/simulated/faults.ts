// What may go wrong by itself in a simulated machine, each with its probability per call. All are 0 unless asked for.

import assert from 'node:assert/strict';

export type Faults = {
  /** A read fails with EIO. */
  readonly readErrorProbability: number;
  /** A write or truncation fails with EIO; a part of the write may have happened. */
  readonly writeErrorProbability: number;
  /** A sync fails with EIO; unsynced sectors may be lost while they still look written (fsyncgate). */
  readonly syncErrorProbability: number;
  /** Before a read, one bit of what it is about to read rots for good. */
  readonly bitRotProbability: number;
};

const noFaults: Faults = Object.freeze({
  readErrorProbability: 0,
  writeErrorProbability: 0,
  syncErrorProbability: 0,
  bitRotProbability: 0,
});

export function resolveFaults(faults: Partial<Faults>): Faults {
  const resolved = { ...noFaults, ...faults };
  for (const [name, value] of Object.entries(resolved)) {
    assert(value >= 0 && value <= 1, `faults.${name} must be a probability from 0 to 1, got ${value}`);
  }
  return resolved;
}
