// What a simulated network does to messages by itself. All probabilities are per message and 0 unless asked for.

import assert from 'node:assert/strict';
import type { DelayRange } from '../simulated/simulated-machine.ts';

export type NetworkConditions = {
  /** Of every message. Two messages whose delays overlap may overtake each other. */
  readonly delayMs: DelayRange;
  /** A message is lost. */
  readonly dropProbability: number;
  /** A message arrives twice, the second time with a delay of its own. */
  readonly repeatProbability: number;
  /** A message takes `lateMs` instead of `delayMs`: its sender has long given it up. */
  readonly lateProbability: number;
  readonly lateMs: DelayRange;
};

export const calmNetwork: NetworkConditions = Object.freeze({
  delayMs: { min: 0.1, max: 1 },
  dropProbability: 0,
  repeatProbability: 0,
  lateProbability: 0,
  lateMs: { min: 1_000, max: 60_000 },
});

export function checkConditions(conditions: NetworkConditions): void {
  for (const name of ['dropProbability', 'repeatProbability', 'lateProbability'] as const) {
    const value = conditions[name];
    assert(value >= 0 && value <= 1, `${name} must be a probability from 0 to 1, got ${value}`);
  }
  for (const name of ['delayMs', 'lateMs'] as const) {
    const { min, max } = conditions[name];
    assert(min >= 0 && min <= max && max < Infinity, `${name} must be a range from 0, got ${min} to ${max}`);
  }
}
