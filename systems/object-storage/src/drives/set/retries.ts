// When a drive that failed is tried again: soon at first, later each time that it fails before long, as at once again when
// it held.

import type { Clock } from '@cairn/world';
import { driveProbeMs, driveRetryMsMax } from '../../limits.ts';
import type { Slot } from './slot.ts';

type Retry = { readonly atMs: number; readonly delayMs: number };

export class Retries {
  readonly #clock: Clock;
  readonly #retries = new Map<Slot, Retry>();

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  isDue(slot: Slot): boolean {
    return (this.#retries.get(slot)?.atMs ?? 0) <= this.#clock.monotonicMs();
  }

  failed(slot: Slot): void {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#retries.get(slot);
    const lately = before !== undefined && nowMs - before.atMs < driveRetryMsMax;
    const delayMs = lately ? Math.min(before.delayMs * 2, driveRetryMsMax) : driveProbeMs;
    this.#retries.set(slot, { atMs: nowMs + delayMs, delayMs });
  }
}
