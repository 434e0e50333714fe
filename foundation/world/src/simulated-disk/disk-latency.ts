// How long calls of a simulated disk take. Mostly short, with a long tail, so that calls overtake each other.

import type { SeededRandom } from '../simulated/seeded-random.ts';

const rangesMs = {
  read: { min: 0.005, max: 0.2 },
  write: { min: 0.01, max: 0.3 },
  sync: { min: 0.2, max: 4 },
  name: { min: 0.01, max: 0.1 },
} as const;

export type DiskCall = keyof typeof rangesMs;

const slowProbability = 1 / 64;
const slowFactor = 20;

export function diskLatencyMs(call: DiskCall, random: SeededRandom): number {
  const { min, max } = rangesMs[call];
  const skew = random.float();
  const latencyMs = min + (max - min) * skew * skew;
  return random.chance(slowProbability) ? latencyMs * slowFactor : latencyMs;
}
