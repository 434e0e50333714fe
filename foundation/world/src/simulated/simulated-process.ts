// One process of a simulated machine. When it dies its events are dropped: promises that wait for them never settle.

import type { Timer } from '../clock.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { EventOwner, Happening, Timeline } from './timeline.ts';

/** Decides what a call that was under way when the process died still did. */
type Abandon = (random: SeededRandom) => void;

export class SimulatedProcess implements EventOwner {
  readonly name: string;
  readonly rank: number;
  readonly random: SeededRandom;
  readonly startedMs: number;
  readonly #timeline: Timeline;
  readonly #wallMs: () => number;
  readonly #abandons = new Set<Abandon>();
  readonly #deathListeners = new Set<() => void>();
  #alive = true;
  #stalledUntilMs = 0;

  constructor(options: { name: string; timeline: Timeline; random: SeededRandom; wallMs: () => number }) {
    this.name = options.name;
    this.rank = options.random.next32();
    this.random = options.random;
    this.startedMs = options.timeline.nowMs;
    this.#timeline = options.timeline;
    this.#wallMs = options.wallMs;
  }

  get alive(): boolean {
    return this.#alive;
  }

  get stalledUntilMs(): number {
    return this.#stalledUntilMs;
  }

  get monotonicMs(): number {
    return this.#timeline.nowMs - this.startedMs;
  }

  /** The machine's wall clock, which jumps. */
  get wallMs(): number {
    return Math.floor(this.#wallMs());
  }

  stall(durationMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#timeline.nowMs + durationMs);
  }

  schedule(happening: Happening, action: () => void): Timer {
    return this.#timeline.schedule(this, happening, action);
  }

  /** A call that takes effect when it completes. If the process dies before, `abandon` says what became of it. */
  call<T>(happening: Happening, { effect, abandon }: { effect: () => T; abandon?: Abandon }): Promise<T> {
    if (abandon !== undefined) this.#abandons.add(abandon);
    return new Promise<T>((resolve, reject) => {
      this.schedule(happening, () => {
        if (abandon !== undefined) this.#abandons.delete(abandon);
        try {
          resolve(effect());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  outside<T>(work: () => Promise<T>): Promise<T> {
    return this.#timeline.outside(work);
  }

  /** Returns a function that takes the listener away again. */
  onDeath(listener: () => void): () => void {
    this.#deathListeners.add(listener);
    return () => this.#deathListeners.delete(listener);
  }

  kill(random: SeededRandom): void {
    this.#alive = false;
    for (const abandon of this.#abandons) abandon(random);
    this.#abandons.clear();
    for (const listener of this.#deathListeners) listener();
    this.#deathListeners.clear();
  }
}
