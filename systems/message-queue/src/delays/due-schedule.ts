// Calls back for what is due, by the wall clock. One time for each key; a timer for the first of them, which looks at the
// clock now and then: it may jump.

import type { Clock, Timer } from '@cairn/world';
import { delayTickMsMax } from '../limits.ts';
import { TimingWheel, type WheelEntry } from './timing-wheel.ts';

export type DueScheduleOptions = {
  readonly clock: Pick<Clock, 'nowMs' | 'setTimer'>;
  readonly onDue: (key: string) => void;
};

export class DueSchedule {
  readonly #clock: DueScheduleOptions['clock'];
  readonly #onDue: (key: string) => void;
  readonly #entries = new Map<string, WheelEntry<string>>();
  #wheel: TimingWheel<string>;
  #timer: { readonly timer: Timer; readonly atMs: number } | undefined;
  #isStopped = false;

  constructor({ clock, onDue }: DueScheduleOptions) {
    this.#clock = clock;
    this.#onDue = onDue;
    this.#wheel = new TimingWheel(clock.nowMs());
  }

  /** The earlier of this time and the one that the key has. */
  add(key: string, dueMs: number): void {
    const known = this.#entries.get(key);
    if (this.#isStopped || (known !== undefined && known.due <= dueMs)) return;
    if (known !== undefined) this.#wheel.remove(known);
    this.#entries.set(key, this.#wheel.add(dueMs, key));
    this.#arm();
  }

  remove(key: string): void {
    const known = this.#entries.get(key);
    if (known === undefined) return;
    this.#wheel.remove(known);
    this.#entries.delete(key);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.timer.cancel();
  }

  #arm(): void {
    const dueMs = this.#wheel.nextDue();
    if (dueMs === undefined || this.#isStopped) return;
    const nowMs = this.#clock.nowMs();
    const delayMs = Math.min(Math.max(dueMs - nowMs, 0), delayTickMsMax);
    const atMs = nowMs + delayMs;
    if (this.#timer !== undefined && this.#timer.atMs <= atMs) return;
    this.#timer?.timer.cancel();
    this.#timer = { timer: this.#clock.setTimer(delayMs, () => this.#tick()), atMs };
  }

  #tick(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.nowMs();
    if (nowMs < this.#wheel.now) this.#beginAgain(nowMs);
    const due = this.#wheel.advance(nowMs);
    for (const key of due) this.#entries.delete(key);
    for (const key of due) this.#onDue(key);
    this.#arm();
  }

  /** The clock went back: what was due by the wheel may not be so any more. */
  #beginAgain(nowMs: number): void {
    this.#wheel = new TimingWheel(nowMs);
    for (const [key, { due }] of this.#entries) this.#entries.set(key, this.#wheel.add(due, key));
  }
}
